// Completes a preview while the services still work on it. Without this script the page has a link that looks again.
(() => {
  const look = async () => {
    const here = document.getElementById("preview");
    if (!here || here.dataset.state !== "waiting") return;
    try {
      const answer = await fetch(here.dataset.again, { headers: { Accept: "text/html" }, credentials: "same-origin" });
      const found = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("preview");
      if (answer.ok && found && found.innerHTML !== here.innerHTML) here.replaceWith(found);
    } catch {
      // The service can't be reached just now; it is asked again.
    }
    setTimeout(look, 1000);
  };
  setTimeout(look, 700);
})();
