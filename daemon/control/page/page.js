// Shows what /events says. Everything that came from outside (request lines, names, commands) becomes text, never markup.
"use strict";

const byId = (id) => document.getElementById(id);
const say = (id, text) => { const node = byId(id); if (node.textContent !== text) node.textContent = text; };
const plural = (count, noun) => `${count} ${noun}${count === 1 ? "" : "s"}`;

function time(ms) {
  if (ms === null || ms === undefined) return "–";
  if (ms < 1000) return `${ms} ms`;
  if (ms < 100000) return `${(ms / 1000).toFixed(ms < 10000 ? 2 : 1)} s`;
  const minutes = Math.floor(ms / 60000), hours = Math.floor(minutes / 60), days = Math.floor(hours / 24);
  const two = (n) => String(n).padStart(2, "0");
  if (minutes < 60) return `${minutes}m ${two(Math.floor(ms / 1000) % 60)}s`;
  return hours < 48 ? `${hours}h ${two(minutes % 60)}m` : `${days}d ${two(hours % 24)}h`;
}
function bytes(count) {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let unit = 0;
  while (count >= 1000 && unit < units.length - 1) { count /= 1000; ++unit; }
  return `${unit === 0 ? count : count.toFixed(1)} ${units[unit]}`;
}

const names = {
  starting: "starting", serving: "serving", lame_duck: "lame duck", draining: "draining", ending_streams: "ending streams",
  sealing: "sealing", emptying: "emptying", stopping: "stopping", killing: "killing", flushing: "flushing", leaving: "leaving", exiting: "closed",
};
const sentences = {
  starting: "The command runs and is not ready yet. Nobody is turned away; clients wait.",
  serving: "Everything flows.",
  lame_duck: "Still accepting, while load balancers take notice. Every answer asks its client to come back elsewhere.",
  draining: "Nobody new is served. What is in flight may finish.",
  ending_streams: "Requests have finished. Idle connections and streams are told goodbye.",
  sealing: "The command gets nothing new from here on.",
  emptying: "Nothing is in flight any more. Hooks write away what is still buffered.",
  stopping: "The command has its stop signal and may tidy up.",
  killing: "The command did not end in time and is being killed.",
  flushing: "The command is gone. Clients get the last of what it sent.",
  leaving: "Everything is said. The last hooks hear the exit code.",
  exiting: "Lights out.",
};

let state = null, people = [], seenAt = 0, over = false;

function rows(table, list, empty) {
  const body = byId(table).tBodies[0];
  const columns = byId(table).tHead.rows[0].cells.length;
  const fresh = list.map((cells) => {
    const row = document.createElement("tr");
    for (const cell of cells) {
      const td = row.insertCell();
      if (cell instanceof Node) td.append(cell); else td.textContent = cell;
    }
    return row;
  });
  if (fresh.length === 0) {
    const row = document.createElement("tr"), td = row.insertCell();
    td.colSpan = columns; row.className = "none"; td.textContent = empty;
    fresh.push(row);
  }
  body.replaceChildren(...fresh);
}
const words = (name) => name.replaceAll("_", " ");
function badge(text) {
  const node = document.createElement("span");
  node.className = "badge"; node.textContent = text;
  return node;
}

function showPhase(since) {
  const held = state.draining;
  say("phase", held ? "draining by hand" : names[state.phase] ?? state.phase);
  let sentence = held ? "Load balancers are asked to stay away; who comes all the same is served. lastcall ctl undrain takes it back." : sentences[state.phase] ?? "";
  if (state.phase === "serving") sentence = `Everything flows, for ${time(state.uptime_ms + since)}.`;
  if (state.reason) sentence += ` Reason given: ${state.reason}.`;
  say("sentence", sentence);
  document.title = `${held ? "draining" : names[state.phase] ?? state.phase} · lastcall`;
  const budget = state.deadline_left_ms !== null && state.stop;
  byId("budget").hidden = !budget;
  if (!budget) return;
  const used = state.stop.since_ms + since, left = Math.max(0, state.deadline_left_ms - since);
  byId("used").style.width = `${Math.min(100, 100 * used / Math.max(1, used + left))}%`;
  say("left", over || state.phase === "exiting" ? `ended after ${time(state.stop.since_ms)}` : `${time(used)} used, at most ${time(left)} left`);
}

function showNow(since) {
  const live = state.in_flight;
  say("requests", String(live.requests));
  say("streams", String(live.streams));
  say("idle", String(live.idle));
  say("jobs-running", String(state.jobs.running));
  const age = live.oldest_ms > 0 ? live.oldest_ms + since : Math.max(0, ...people.filter((one) => one.kind === "request").map((one) => one.age_ms));
  say("oldest", live.requests > 0 && age > 0 ? time(age) : "–");
  say("responses", state.counters.responses.toLocaleString("en"));
}

function showTimeline(since) {
  const list = byId("timeline"), longest = Math.max(1, ...state.phases.filter((p) => p.phase !== "serving").map((p) => p.planned_ms ?? p.ms));
  list.replaceChildren(...state.phases.slice(-14).map((phase) => {
    const item = document.createElement("li"), name = document.createElement("span"), bar = document.createElement("div");
    const fill = document.createElement("div"), took = document.createElement("span");
    const used = phase.ms + (phase.over ? 0 : since);
    name.textContent = names[phase.phase] ?? phase.phase;
    bar.className = "bar"; bar.append(fill);
    fill.style.width = `${Math.max(1, Math.min(100, phase.planned_ms ? 100 * used / phase.planned_ms : phase.phase === "serving" ? 100 : 100 * used / longest))}%`;
    took.className = "took";
    took.textContent = phase.planned_ms ? `${time(used)} of ${time(phase.planned_ms)}` : time(used);
    if (!phase.over) item.setAttribute("aria-current", "step");
    if (phase.why) item.title = `began by ${phase.why}`;
    item.append(name, bar, took);
    return item;
  }));
}

function showInstances(since) {
  rows("instances", state.instances.map((one) => [
    String(one.instance), badge(words(one.state)), one.pid ? String(one.pid) : "–", time(one.age_ms + (one.pid ? since : 0)), String(one.restarts),
    `${plural(one.in_flight.requests, "request")}, ${plural(one.in_flight.streams, "stream")}`, one.upstream || "–", one.status ? `“${one.status}”` : "",
  ]), "none");
  byId("instances").toggleAttribute("data-silent", !state.instances.some((one) => one.status));
  say("workers-note", state.worker_restarts > 0 ? `The proxy process was replaced ${plural(state.worker_restarts, "time")}.` : "");
}

function showHooks() {
  byId("s-hooks").hidden = state.hooks.length === 0;
  rows("hooks", state.hooks.map((one) => [one.name, one.event, time(one.ms), one.why ? `${words(one.result)}: ${one.why}` : words(one.result)]), "none");
}

function fate({ started, ended, killed }) {
  const left = started - ended;
  if (started === 0) return "never started";
  if (started === 1) return killed ? "had to be killed" : left ? "still runs" : "has ended";
  if (left === 0 && killed === 0) return `all ${started} copies have ended`;
  return [left ? `${left} of ${started} copies still run` : `of ${started} copies`, killed ? `${killed} had to be killed` : ""].filter(Boolean).join(", ");
}

function showReport() {
  const stop = state.stop;
  byId("s-report").hidden = !stop;
  if (!stop) return;
  const who = stop.asked_by === "control" ? "the control socket" : words(stop.asked_by);
  const facts = [["asked by", state.reason ? `${who}: ${state.reason}` : who]];
  if (state.listen) facts.push(
    ["in flight at the start", `${plural(stop.in_flight_at_start, "request")}, ${plural(stop.streams_at_start, "stream")}`],
    ["finished since", plural(stop.finished, "request")],
    ["dropped", stop.dropped === 0 ? "none" : plural(stop.dropped, "request")],
  );
  // What there was none of is no news.
  if (stop.streams_ended > 0) facts.push(["streams ended", String(stop.streams_ended)]);
  const { at_start, finished, stuck, dropped } = stop.jobs;
  if (at_start > 0) facts.push(["jobs", [`${at_start} at the start`, `${finished} finished`, stuck > 0 ? `${stuck} stuck` : "", dropped > 0 ? `${dropped} dropped` : ""].filter(Boolean).join(", ")]);
  if (stop.flushed + stop.buffers_dropped > 0) facts.push(["buffers", `${stop.flushed} flushed, ${stop.buffers_dropped} dropped`]);
  if (stop.idle_closed > 0) facts.push(["idle connections closed", String(stop.idle_closed)]);
  if (stop.refused_503 > 0) facts.push(["turned away", plural(stop.refused_503, "late request")]);
  facts.push(["the command", fate(stop.children)]);
  if (stop.exit_code !== null) facts.push(["exit code", `${stop.exit_code}: ${stop.exit_reason}`]);
  byId("report").replaceChildren(...facts.flatMap(([term, fact]) => {
    const dt = document.createElement("dt"), dd = document.createElement("dd");
    dt.textContent = term; dd.textContent = fact;
    return [dt, dd];
  }));
}

function show() {
  if (!state) return;
  const since = over ? 0 : Math.round(performance.now() - seenAt);
  showPhase(since); showNow(since); showTimeline(since); showInstances(since); showHooks(); showReport();
}

function contact(text, live) {
  say("contact", text);
  byId("contact").toggleAttribute("data-live", live);
}

async function ask(path) {
  const answer = await fetch(path, { cache: "no-store", signal: AbortSignal.timeout(3000) });
  return answer.ok ? answer.json() : null;
}
async function showLists() {
  if (!state || over || document.hidden) return;
  try {
    const [clients, jobs] = await Promise.all([ask("connections"), ask("jobs")]);
    if (clients) {
      people = clients.connections;
      rows("connections", people.slice(0, 100).map((one) => [one.peer, badge(one.kind === "request" ? words(one.state) : one.kind), time(one.age_ms), `${bytes(one.bytes_in)} in, ${bytes(one.bytes_out)} out`, one.instance === null ? "–" : String(one.instance), one.request || "–"]), "nobody is connected");
      const hidden = people.length - 100;
      say("connections-note", hidden > 0 ? `and ${hidden} more` : clients.complete ? "" : "The list is not complete.");
    }
    if (jobs) {
      byId("s-jobs").hidden = jobs.jobs.length === 0;
      rows("jobs", jobs.jobs.slice(0, 100).map((one) => [one.id, one.owner || "–", time(one.age_ms), time(one.left_ms)]), "none");
    }
  } catch { /* the next look may succeed; the events tell whether the service is gone */ }
}

const events = new EventSource("events");
events.addEventListener("state", (event) => {
  state = JSON.parse(event.data);
  seenAt = performance.now();
  say("version", state.version);
  say("command", state.command);
  document.body.toggleAttribute("data-bare", !state.listen);  // without a proxy there is no traffic to show
  say("listen", state.listen ? `listens at ${state.listen}` : "");
  contact("live", true);
  if (state.phase === "exiting") { over = true; events.close(); people = []; rows("connections", people, "nobody is connected"); say("connections-note", ""); contact("ended", false); document.body.toggleAttribute("data-gone", true); }
  show();
});
events.addEventListener("phase", showLists);
events.onopen = () => { document.body.toggleAttribute("data-gone", false); showLists(); };
events.onerror = () => {
  if (over) return;
  contact(state && state.shutting_down ? "gone" : "no contact, trying again", false);
  document.body.toggleAttribute("data-gone", true);
};
setInterval(() => { if (!over && !document.body.hasAttribute("data-gone")) show(); }, 1000);
setInterval(showLists, 2000);
showLists();
