// Hide at once, let the server wipe, then go; go anyway if the server does not answer.
(() => {
  if (window.coachbotExit) return;
  window.coachbotExit = true;
  let presses = [];
  const forget = () => { try { sessionStorage.clear(); } catch { /* storage is switched off */ } };
  // Sent on its way even while the page goes; the login's own site is not followed to.
  const logOut = () => LOGGED_IN && fetch("auth/logout", { redirect: "manual", keepalive: true });
  const hide = () => { forget(); logOut(); document.documentElement.style.visibility = "hidden"; document.title = ""; };
  const press = () => document.querySelector(".st-key-leave button")?.click();
  const go = () => window.location.replace(SITE);
  document.addEventListener("click", (event) => {
    if (!event.target.closest?.(".st-key-leave, .st-key-leave-card")) return;
    hide();
    setTimeout(go, 1500);
  }, true);
  // While a dialog is open the button takes no clicks; pressing where it is leaves all the same.
  document.addEventListener("pointerdown", (event) => {
    const place = document.querySelector(".st-key-leave button")?.getBoundingClientRect();
    if (!place || !document.querySelector("[role=dialog]")) return;
    const { clientX: x, clientY: y } = event;
    if (x < place.left || x > place.right || y < place.top || y > place.bottom) return;
    hide();
    press();
    setTimeout(go, 1500);
  }, true);
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    presses = [...presses.filter((at) => Date.now() - at < 2000), Date.now()];
    if (presses.length < 3) return;
    hide();
    press();
    setTimeout(go, 1500);
  }, true);
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) window.location.reload();
  });
})();
