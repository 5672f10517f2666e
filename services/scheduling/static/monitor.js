// The room monitor's page, working with and without network: every scan is on the phone before a word is said, and
// leaves it only when the server has answered for it. Without this script the form sends one badge at a time.
(() => {
  const page = document.getElementById("monitor");
  if (!page || !("indexedDB" in window) || !window.crypto?.subtle) return;

  const base = page.dataset.address;
  const conference = page.dataset.conference;
  const words = JSON.parse(page.dataset.words);
  const find = (id) => document.getElementById(id);
  const form = find("scan-form"), field = find("code"), select = find("session");

  const SIGNS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
  const BATCH = 800;
  const RETRY_MS = 10000;
  const LIST_MS = 60000;

  // what is kept on the phone

  const opening = new Promise((resolve, reject) => {
    const asked = indexedDB.open(`reconvene-monitor:${conference}`, 1);
    asked.onupgradeneeded = () => {
      asked.result.createObjectStore("scans", { keyPath: "id" });
      asked.result.createObjectStore("marks"); // which way a badge went last at a session on this phone
      asked.result.createObjectStore("kept"); // the list, the changes not yet seen, this phone's own name
    };
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error);
  });

  const transact = async (stores, mode, work) => {
    const database = await opening;
    return new Promise((resolve, reject) => {
      const transaction = database.transaction(stores, mode, { durability: "strict" });
      let answer;
      work(transaction, (given) => (answer = given));
      transaction.oncomplete = () => resolve(answer);
      transaction.onabort = transaction.onerror = () => reject(transaction.error);
    });
  };
  const get = (store, key) =>
    transact([store], "readonly", (transaction, answer) => {
      transaction.objectStore(store).get(key).onsuccess = (event) => answer(event.target.result);
    });
  const put = (store, value, key) =>
    transact([store], "readwrite", (transaction) => transaction.objectStore(store).put(value, key));
  const all = () =>
    transact(["scans"], "readonly", (transaction, answer) => {
      transaction.objectStore("scans").getAll().onsuccess = (event) => answer(event.target.result);
    });

  // badges

  const readCode = (text) => {
    const signs = text.replace(/[^0-9A-Za-z]/g, "").toUpperCase().replace(/[IL]/g, "1").replace(/O/g, "0");
    if (signs.length !== 12 || [...signs].some((sign) => !SIGNS.includes(sign))) return "";
    const sum = [...signs.slice(0, -1)].reduce((total, sign, place) => total + (2 * place + 1) * SIGNS.indexOf(sign), 0);
    return SIGNS[sum % 32] === signs.at(-1) ? signs : "";
  };
  const sha256 = async (text) => {
    const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
    return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  };
  const newId = () => [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");

  // what is said

  const say = (name) => {
    const said = words[name], result = find("result");
    result.className = `said ${said.tone}`;
    result.querySelector("strong").textContent = said.title;
    result.querySelector("span").textContent = said.sentence;
    result.hidden = false;
    if (navigator.vibrate) navigator.vibrate(said.tone === "good" ? 60 : [80, 60, 80]);
    beep(said.tone === "good" ? 880 : 330);
  };
  let sound = null;
  const beep = (pitch) => {
    try {
      sound = sound || new AudioContext();
      const tone = sound.createOscillator(), volume = sound.createGain();
      tone.frequency.value = pitch;
      volume.gain.value = 0.08;
      tone.connect(volume).connect(sound.destination);
      tone.start();
      tone.stop(sound.currentTime + 0.12);
    } catch { /* a phone without sound scans all the same */ }
  };

  // scanning

  let list = null;
  let busy = Promise.resolve();

  const scan = (text) => (busy = busy.then(() => take(text)).catch(() => say("not_kept")));

  const take = async (text) => {
    const code = readCode(text);
    if (!code) return say("no_badge");
    const session = select.value, way = form.elements.way.value;
    if (!session) return say("no_session");
    const hash = (await sha256(`${conference}:${code}`)).slice(0, 16);
    const mark = `${session}:${hash}`;
    const isNew = await transact(["scans", "marks"], "readwrite", (transaction, answer) => {
      transaction.objectStore("marks").get(mark).onsuccess = (event) => {
        if (event.target.result === way) return answer(false);
        transaction.objectStore("marks").put(way, mark);
        transaction.objectStore("scans").put({ id: newId(), code, session, way, at: new Date().toISOString() });
        answer(true);
      };
    });
    if (!isNew) say(`again_${way}`);
    else if (!list || !(hash in list.badges)) say("see_desk");
    else if (way === "out") say("goodbye");
    else say(atTheDoor(session, hash));
    await showState();
    sync();
  };

  const atTheDoor = (session, hash) => {
    const known = list.sessions.find((each) => each.id === session);
    if (known?.holders && !known.holders.includes(hash)) return known.is_booked ? "no_booked_seat" : "no_seat";
    return list.badges[hash] ? "on_file" : "welcome";
  };

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const text = field.value;
    field.value = "";
    field.focus();
    if (text.trim()) scan(text);
  });

  // sending

  let isSending = false, isReached = navigator.onLine, timer = 0;

  const sync = async () => {
    if (isSending) return;
    isSending = true;
    try {
      for (;;) {
        const waiting = (await all()).filter((each) => !each.isRefused).sort((one, other) => (one.at < other.at ? -1 : 1));
        if (!waiting.length) break;
        await send(waiting.slice(0, BATCH));
      }
      isReached = true;
    } catch {
      isReached = false;
      clearTimeout(timer);
      timer = setTimeout(sync, RETRY_MS);
    } finally {
      isSending = false;
      await showState();
    }
  };

  const send = async (batch) => {
    const scans = batch.map(({ id, code, session, way, at }) => ({ id, code, session, way, at }));
    const response = await fetch(`${base}/scans`, {
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: "application/json" },
      body: JSON.stringify({ device: await device(), device_now: new Date().toISOString(), scans }),
    });
    if (response.status === 422 && batch.length > 1) {
      const half = Math.ceil(batch.length / 2); // one of them makes no sense; the others must not wait for it
      await send(batch.slice(0, half));
      return send(batch.slice(half));
    }
    if (response.status === 422) return put("scans", { ...batch[0], isRefused: true });
    if (!response.ok) throw new Error(String(response.status));
    const answer = await response.json();
    await transact(["scans"], "readwrite", (transaction) => {
      for (const each of answer.scans) transaction.objectStore("scans").delete(each.id);
    });
    if (list && answer.release !== list.release) await refresh();
  };

  const device = async () => {
    let name = await get("kept", "device");
    if (!name) {
      name = `phone-${newId()}`;
      await put("kept", name, "device");
    }
    return name;
  };

  // the list

  const refresh = async () => {
    const response = await fetch(`${base}/list`, { headers: { Accept: "application/json" } });
    if (!response.ok) throw new Error(String(response.status));
    const fresh = await response.json();
    const digest = await sha256(Object.keys(fresh.badges).sort().join("\n"));
    if (digest !== fresh.digest) throw new Error("the list is torn");
    fresh.fetchedAt = new Date().toISOString();
    if (list && fresh.release !== list.release) await noteChanges(list.sessions, fresh.sessions);
    list = fresh;
    await put("kept", fresh, "list");
    showSessions();
    await showChanges();
  };

  const noteChanges = async (before, after) => {
    const known = Object.fromEntries(before.map((each) => [each.id, each]));
    const found = [];
    for (const now of after) {
      const was = known[now.id];
      if (!was) found.push(`${now.code} is new: ${now.room}, ${now.day_words}, ${now.time}.`);
      else if (now.is_cancelled && !was.is_cancelled) found.push(`${now.code} is cancelled.`);
      else if (now.room !== was.room) found.push(`${now.code} is in ${now.room} now, not in ${was.room}.`);
      else if (now.time !== was.time || now.day !== was.day) found.push(`${now.code} is at ${now.time} now, not at ${was.time}.`);
    }
    if (found.length) await put("kept", [...((await get("kept", "changes")) || []), ...found], "changes");
  };

  const showChanges = async () => {
    const changes = (await get("kept", "changes")) || [];
    find("changes").hidden = !changes.length;
    find("changes-list").replaceChildren(...changes.map((text) => Object.assign(document.createElement("li"), { textContent: text })));
  };
  find("changes-seen").addEventListener("click", async () => {
    await put("kept", [], "changes");
    await showChanges();
    field.focus();
  });

  const todays = () => {
    const skew = new Date(list.server_now) - new Date(list.fetchedAt);
    const now = new Date(Date.now() + skew);
    const today = new Intl.DateTimeFormat("en-CA", { timeZone: list.zone }).format(now);
    const open = list.sessions.filter((each) => !each.is_cancelled);
    const days = [...new Set(open.map((each) => each.day))].sort();
    const day = days.find((each) => each >= today) || days.at(-1);
    return { now, found: open.filter((each) => each.day === day) };
  };

  // what a monitor has chosen stays chosen when the page is opened again: they stand at that door
  form.addEventListener("change", () => put("kept", { session: select.value, way: form.elements.way.value }, "chosen"));
  const chooseAgain = async () => {
    const chosen = await get("kept", "chosen");
    if (!chosen || ![...select.options].some((each) => each.value === chosen.session)) return;
    select.value = chosen.session;
    form.elements.way.value = chosen.way;
  };

  const showSessions = () => {
    const { now, found } = todays();
    const chosen = select.value || found.find((each) => new Date(each.ends) > now)?.id || "";
    const rooms = [...new Set(found.map((each) => each.room))].sort();
    const groups = rooms.map((room) => {
      const group = Object.assign(document.createElement("optgroup"), { label: room });
      for (const each of found.filter((one) => one.room === room)) {
        group.append(new Option(`${each.room} · ${each.code} · ${each.time} · ${each.title}`, each.id, false, each.id === chosen));
      }
      return group;
    });
    if (!found.some((each) => each.id === chosen)) groups.unshift(new Option("Pick a session", "", true, true));
    select.replaceChildren(...groups);
  };

  // the state of things

  const showState = async () => {
    const kept = await all(), waiting = kept.filter((each) => !each.isRefused).length, aside = kept.length - waiting;
    const many = waiting === 1 ? "1 scan waits" : `${waiting} scans wait`;
    let text = isReached ? "Connected. " : "No network. ";
    text += waiting ? `${many} on this phone.` : "Everything is sent.";
    if (aside) text += ` ${aside} could not be sent: please show this phone to the desk.`;
    const at = list && new Date(list.fetchedAt).toLocaleTimeString([], { hour: "numeric", minute: "2-digit" });
    text += list ? ` Badges as of ${at}.` : " The list of badges is not here yet.";
    find("state").textContent = text;
    find("state").className = isReached ? "badge good" : "badge now";
    page.dataset.waiting = String(waiting);
    page.dataset.reached = String(isReached);
  };

  const look = async () => {
    try {
      await refresh();
      isReached = true;
    } catch {
      isReached = false;
    }
    await sync();
  };

  window.addEventListener("online", look);
  window.addEventListener("offline", () => {
    isReached = false;
    showState();
  });
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && look());
  setInterval(look, LIST_MS);

  // seats are given away by what the server knows, so what waits here goes first
  find("no-shows")?.addEventListener("submit", async (event) => {
    event.preventDefault();
    const asked = event.target;
    await sync();
    if (page.dataset.waiting === "0") asked.submit();
    else say("not_given");
  });

  // the camera, where the browser reads codes

  const camera = find("camera"), video = find("video");
  const watch = async () => {
    const detector = new BarcodeDetector({ formats: ["qr_code"] });
    video.srcObject = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
    video.hidden = false;
    await video.play();
    camera.hidden = true;
    let last = "", lastAt = 0;
    const next = async () => {
      const [found] = await detector.detect(video).catch(() => []);
      if (found && (found.rawValue !== last || Date.now() - lastAt > 3000)) {
        [last, lastAt] = [found.rawValue, Date.now()];
        await scan(found.rawValue);
      }
      setTimeout(next, 200);
    };
    next();
  };
  if ("BarcodeDetector" in window && navigator.mediaDevices?.getUserMedia) {
    camera.hidden = false;
    camera.addEventListener("click", () => watch().catch(() => say("no_camera")));
  }

  // keeping the page itself

  const keepPage = async () => {
    if (!("serviceWorker" in navigator)) return;
    await navigator.serviceWorker.register("/scheduling/monitor/worker.js", { scope: "/scheduling/monitor/" });
    navigator.serviceWorker.addEventListener("message", (event) => event.data.kept && (page.dataset.kept = "true"));
    const ready = await navigator.serviceWorker.ready;
    ready.active.postMessage({ keep: [base, page.dataset.script] });
  };

  (async () => {
    list = (await get("kept", "list")) || null;
    if (list) showSessions();
    await chooseAgain();
    await showChanges();
    await look();
    page.dataset.ready = "true";
    field.focus();
    if (navigator.storage?.persist) navigator.storage.persist();
    if (isReached) await keepPage().catch(() => {});
  })();
})();
