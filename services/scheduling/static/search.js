// Keeps a search's page fresh until the solver has answered. Without this script there is a link to look again.
(() => {
  const search = document.getElementById("search");
  if (!search) return;

  const look = async () => {
    try {
      const page = await fetch(location.href, { credentials: "same-origin" });
      if (!page.ok) return setTimeout(look, 3000);
      const found = new DOMParser().parseFromString(await page.text(), "text/html").getElementById("search");
      if (!found) return location.reload();
      const [bar, seen] = [search.querySelector("progress"), found.querySelector("progress")];
      bar.value = seen.value;
      search.querySelector("label").textContent = found.querySelector("label").textContent;
    } catch {
      // The network is away: try again in a moment.
    }
    setTimeout(look, 1000);
  };
  setTimeout(look, 1000);
})();
