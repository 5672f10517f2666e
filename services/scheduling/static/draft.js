// The draft by drag and drop, and by arrow keys from a session's "Move…". Without this script every move has its form.
(() => {
  const frame = document.getElementById("board");
  if (!frame) return;
  const { api, token } = frame.dataset;
  const said = document.getElementById("said");
  const target = document.getElementById("target");
  const taken = document.getElementById("taken");
  let moving = null; // {card, places, cell, byKeys}

  const say = (words) => { said.className = words ? "refused" : ""; said.textContent = words; };
  const cells = () => [...frame.querySelectorAll(".cell")];
  const shown = (cell) => cell.offsetParent !== null;
  const cellOf = (card) => card.closest(".cell");
  const cardOf = (id) => document.getElementById(`s-${id}`);
  const address = (card, part = "") => `${api}/${encodeURIComponent(card.dataset.session)}${part}`;

  const ask = async (method, path, { body, seen, key } = {}) => {
    const headers = { Accept: "application/json", "X-CSRFToken": token };
    if (body !== undefined) headers["Content-Type"] = "application/json";
    if (seen !== undefined) headers["If-Match"] = `"${seen}"`;
    if (key) headers["Idempotency-Key"] = key;
    let response;
    try {
      response = await fetch(path, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
    } catch {
      throw new Error("The network did not answer, so we do not know whether it was moved. Read the page again to see.");
    }
    const answer = await response.json().catch(() => ({}));
    if (!response.ok) throw new Error(answer.detail || "It was not moved. Please read the page again.");
    return answer;
  };

  const readAgain = async (focusOn) => {
    const response = await fetch(`${location.pathname}?day=${frame.dataset.day}&part=board`, { headers: { Accept: "text/html" } });
    if (!response.ok || response.redirected) return location.reload();
    const grid = frame.querySelector(".slots");
    const at = grid ? [grid.scrollLeft, grid.scrollTop] : [0, 0];
    frame.innerHTML = await response.text();
    const fresh = frame.querySelector(".slots");
    if (fresh) [fresh.scrollLeft, fresh.scrollTop] = at;
    makeDraggable();
    const card = focusOn && cardOf(focusOn);
    if (!card) return undefined;
    card.classList.add("saved");
    card.querySelector(".move")?.focus({ preventScroll: true });
    card.scrollIntoView({ block: "nearest", inline: "nearest" });
    return undefined;
  };

  // what would be wrong, cell by cell

  const mark = (places) => {
    for (const cell of cells()) {
      const found = places.get(`${cell.dataset.room} ${cell.dataset.starts}`);
      cell.classList.remove("would-block", "would-warn");
      cell.querySelector(".why")?.remove();
      if (!found) continue;
      cell.classList.add(`would-${found.level}`);
      const why = document.createElement("p");
      why.className = "why";
      why.textContent = found.words;
      cell.prepend(why);
    }
  };

  const tell = (cell) => {
    const found = moving.places?.get(`${cell.dataset.room} ${cell.dataset.starts}`);
    const wrong = found ? found.conflicts.map((each) => each.sentence).join(" ") : moving.places ? "Nothing would be wrong." : "";
    target.textContent = `${cell.dataset.label}. ${wrong}`;
  };

  const begin = (card, byKeys) => {
    const own = { card, byKeys, cell: cellOf(card), places: null };
    moving = own;
    say("");
    document.body.classList.add("moving");
    card.classList.add("picked");
    for (const each of frame.querySelectorAll("[data-unplaced] > .why")) each.hidden = !own.cell;
    target.textContent = `${card.dataset.code} is picked up.`;
    ask("GET", address(card, `/places?day=${frame.dataset.day}`)).then((answer) => {
      if (moving !== own) return;
      own.places = new Map(answer.items.map((each) => [`${each.room} ${each.starts}`, each]));
      mark(own.places);
      const over = frame.querySelector(".over");
      if (over?.dataset.label) tell(over);
    }).catch(() => undefined); // the move itself is judged all the same, and conflicts stand beside the grid then
  };

  const end = () => {
    if (!moving) return;
    moving.card.classList.remove("picked");
    document.body.classList.remove("moving");
    for (const each of frame.querySelectorAll(".over")) each.classList.remove("over");
    for (const each of frame.querySelectorAll("[data-unplaced] > .why")) each.hidden = true;
    mark(new Map());
    target.textContent = "";
    moving = null;
  };

  const over = (cell) => {
    for (const each of frame.querySelectorAll(".over")) each.classList.remove("over");
    cell.classList.add("over");
    if (cell.dataset.label) tell(cell);
    else target.textContent = "Drop it here to take its place away.";
  };

  // moving

  const put = async (card, place, request) => {
    // It stands there at once, and goes back when it is refused.
    const [home, next] = [card.parentElement, card.nextSibling];
    place.append(card);
    place.classList.remove("empty");
    card.classList.add("saving");
    try {
      await request();
      say("");
    } catch (refusal) {
      home.insertBefore(card, next);
      say(refusal.message);
    }
    card.classList.remove("saving");
    await readAgain(card.dataset.session).catch(() => undefined);
  };

  const place = (card, cell) => put(card, cell, () => ask("PUT", address(card, "/slot"), {
    body: { room: cell.dataset.room, starts: cell.dataset.starts }, seen: card.dataset.version }));

  const takeOff = (card, list) => put(card, list, () => ask("DELETE", address(card, "/slot"), { seen: card.dataset.version }));

  const swap = (card, other, cell) => put(card, cell, () => ask("POST", address(card, "/swap"), {
    body: { other: other.dataset.session, other_version: Number(other.dataset.version) },
    seen: card.dataset.version, key: crypto.randomUUID ? crypto.randomUUID() : `${Date.now()}-${Math.random()}` }));

  const choose = (card, other) => new Promise((chosen) => {
    document.getElementById("taken-words").textContent = `${other.dataset.code} is there. What should become of ${card.dataset.code}?`;
    taken.querySelector("[value=swap]").hidden = Boolean(other.dataset.fixed);
    taken.returnValue = "leave";
    taken.addEventListener("close", () => chosen(taken.returnValue), { once: true });
    taken.showModal();
  });
  taken.addEventListener("click", (event) => { if (event.target.value) taken.close(event.target.value); });

  const drop = async (card, cell) => {
    end();
    if (cell === cellOf(card)) return;
    const others = [...cell.querySelectorAll(".session")].filter((each) => each.dataset.fixed !== "cancelled");
    if (others.length !== 1) return place(card, cell);
    const choice = await choose(card, others[0]);
    if (choice === "swap") return swap(card, others[0], cell);
    if (choice === "both") return place(card, cell);
    return card.querySelector(".move")?.focus();
  };

  // by hand

  const makeDraggable = () => {
    for (const card of frame.querySelectorAll(".session:not([data-fixed])")) card.draggable = true;
  };
  frame.addEventListener("dragstart", (event) => {
    const card = event.target.closest?.(".session");
    if (!card || card.dataset.fixed) return event.preventDefault();
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", card.dataset.code);
    // The page must not change while the browser takes its picture of the card.
    return setTimeout(() => begin(card, false));
  });
  frame.addEventListener("dragend", end);
  frame.addEventListener("dragover", (event) => {
    const cell = event.target.closest(".cell, [data-unplaced]");
    if (!moving || !cell) return;
    event.preventDefault();
    if (!cell.classList.contains("over")) over(cell);
  });
  frame.addEventListener("drop", (event) => {
    const cell = event.target.closest(".cell, [data-unplaced]");
    if (!moving || !cell) return;
    event.preventDefault();
    const { card } = moving;
    if (cell.classList.contains("cell")) drop(card, cell);
    else { end(); if (cellOf(card)) takeOff(card, cell); }
  });

  // by keys

  const beside = (cell, key) => {
    const all = cells().filter(shown);
    if (!cell) return all[0];
    const rooms = [...new Set(all.map((each) => each.dataset.room))];
    const times = [...new Set(all.map((each) => each.dataset.starts))];
    const [x, y] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[key];
    const room = rooms[rooms.indexOf(cell.dataset.room) + x];
    const starts = times[times.indexOf(cell.dataset.starts) + y];
    return all.find((each) => each.dataset.room === room && each.dataset.starts === starts) || cell;
  };
  frame.addEventListener("keydown", (event) => {
    if (!event.target.classList?.contains("move") || event.ctrlKey || event.altKey || event.metaKey) return;
    const card = event.target.closest(".session");
    if (event.key.startsWith("Arrow")) {
      event.preventDefault();
      if (!moving) begin(card, true);
      moving.cell = beside(moving.cell, event.key);
      if (!moving.cell) return;
      over(moving.cell);
      moving.cell.scrollIntoView({ block: "nearest", inline: "nearest" });
    } else if (moving?.byKeys && event.key === "Enter") {
      event.preventDefault();
      drop(card, moving.cell);
    } else if (moving && event.key === "Escape") {
      event.preventDefault();
      end();
    }
  });
  frame.addEventListener("focusout", () => { if (moving?.byKeys) end(); });

  makeDraggable();
})();
