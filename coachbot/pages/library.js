// Bring the sentence that the address names into view, and let a screen reader begin there.
(() => {
  let tries = 0;
  const look = () => {
    const place = TARGET && document.getElementById(TARGET);
    if (place) {
      place.scrollIntoView({ block: "center" });
      place.focus({ preventScroll: true });
    } else if (TARGET && ++tries < 100) {
      setTimeout(look, 50);
    }
  };
  look();
})();
