// What the page does by itself: uploads, downloads, charts, keys, and asking before unsaved segments are left.
"use strict";
(() => {
  const get = (name) => window.trame?.state.get(name);
  const set = (name, value) => window.trame.state.set(name, value);
  const call = (name, args = []) => window.trame.trigger(name, args);
  const key = () => sessionStorage.getItem("key");

  function upload(files) {
    if (!files.length || get("loading")) return;
    const form = new FormData();
    [...files].forEach((file) => form.append("file", file, file.name));
    const request = new XMLHttpRequest();
    request.open("POST", "upload");
    request.setRequestHeader("X-Key", key());
    request.responseType = "json";
    request.upload.onprogress = (event) => set("loading", Math.max(1, (95 * event.loaded) / event.total));
    request.onloadend = () => {
      set("loading", 0);
      set("load_error", request.response?.error
        ?? (request.status === 200 ? "" : "The files did not arrive: try again, or load the page again."));
    };
    set("load_error", "");
    set("loading", 1);
    request.send(form);
  }

  async function save(word) {
    const made = await call("download", [word]);
    if (!made) return;
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([made.content], { type: "application/octet-stream" }));
    link.download = made.name;
    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(link.href), 60000);
  }

  async function copy(kind) {
    const text = await call("text", [kind]);
    document.getElementById("copied").textContent = text ?? "";
    if (text) await navigator.clipboard?.writeText(text).catch(() => {});
  }

  document.addEventListener("click", (event) => {
    const one = event.target.closest?.("[data-download], [data-copy], [data-drop]");
    if (!one || event.target.id === "files") return;
    if (one.dataset.download) save(one.dataset.download);
    if (one.dataset.copy) copy(one.dataset.copy);
    if (one.dataset.drop) document.getElementById("files").click();
  });
  document.addEventListener("change", (event) => {
    if (event.target.id !== "files") return;
    upload(event.target.files);
    event.target.value = "";
  });
  for (const kind of ["dragenter", "dragover", "dragleave", "drop"]) {
    document.addEventListener(kind, (event) => {
      if (!event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      document.querySelector(".drop")?.classList.toggle("over", kind === "dragenter" || kind === "dragover");
      if (kind === "drop") upload(event.dataTransfer.files);
    });
  }

  const KEYS = ["x", "z", "y", "escape"];
  document.addEventListener("keydown", (event) => {
    const one = event.key.toLowerCase();
    if (event.target.matches("[data-drop]") && (one === "enter" || one === " ")) {
      event.preventDefault();
      event.target.click();
    }
    const writes = event.target.matches("input:not([type=range]):not([type=checkbox]), textarea, [contenteditable]");
    if (KEYS.includes(one) && !writes && !event.ctrlKey && !event.metaKey && !event.altKey && !event.repeat)
      call("key", [one]);
  });

  window.addEventListener("beforeunload", (event) => {
    if (get("unsaved")) event.preventDefault();
  });

  function draw(name) {
    const item = get(name);
    const place = document.getElementById(name);
    if (!place || place.drawn === item) return;
    place.drawn = item;
    place.replaceChildren();
    if (item) window.Bokeh.embed.embed_item(JSON.parse(JSON.stringify(item)), place);
  }
  const CHARTS = ["leak_chart", "scatter_chart"];
  const waiting = setInterval(() => {
    if (!window.trame?.state?.addListener || !document.getElementById(CHARTS[0])) return;
    clearInterval(waiting);
    CHARTS.forEach(draw);
    window.trame.state.addListener(({ type, keys }) => {
      if (type === "dirty-state") CHARTS.filter((name) => keys.includes(name)).forEach(draw);
    });
  }, 100);
})();
