// The token of this tab: made here, kept in the tab, told to the server once for each page load.
export default function ({ data, setStateValue }) {
  const fresh = () =>
    Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, "0")).join("");
  if (data.known) return;
  let tab = "";
  try {
    tab = sessionStorage.getItem("tab") || fresh();
    sessionStorage.setItem("tab", tab);
  } catch {
    tab = tab || fresh(); // storage is switched off: a reload then begins anew
  }
  setStateValue("tab", tab);
}
