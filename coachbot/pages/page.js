// What the browser does by itself: copy, open a source when its number is followed, say to a screen
// reader that a reply has begun or is ready, and bring the newest exchange into view.
(() => {
  if (window.coachbotPage) return;
  window.coachbotPage = true;

  const announcer = document.createElement("div");
  announcer.setAttribute("role", "status");
  announcer.className = "unseen";
  document.body.append(announcer);
  const announce = (words) => { announcer.textContent = words; };

  const said = new Set();
  const look = () => {
    for (const element of document.querySelectorAll(".announce[data-id]")) {
      const { id, turn, say } = element.dataset;
      const key = [id, turn, say].join(" ");
      if (said.has(key)) continue;
      said.add(key);
      announce(say);
      document.getElementById("turn-" + turn)?.scrollIntoView({ block: "start" });
    }
  };
  new MutationObserver(look).observe(document.body, { childList: true, subtree: true });

  const copied = async (text) => {
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      const area = document.createElement("textarea"); // an address without TLS has no clipboard
      area.value = text;
      document.body.append(area);
      area.select();
      document.execCommand("copy");
      area.remove();
    }
  };

  document.addEventListener("click", async (event) => {
    const button = event.target.closest?.("button[data-copy]");
    if (button) {
      await copied(button.dataset.copy);
      announce(button.dataset.done);
      const label = button.textContent;
      button.textContent = button.dataset.done;
      setTimeout(() => { button.textContent = label; }, 2000);
      return;
    }
    const link = event.target.closest?.("a[href^='#']");
    const target = link && document.getElementById(link.getAttribute("href").slice(1));
    if (!target) return;
    target.closest("details")?.setAttribute("open", "");
    target.focus({ preventScroll: true });
  });
})();
