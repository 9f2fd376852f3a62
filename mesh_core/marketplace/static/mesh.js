// What pages gain with JavaScript: copy buttons. Everything can be read and reached without.
"use strict";

for (const figure of document.querySelectorAll("figure.code")) {
  if (!navigator.clipboard) break;
  const caption = figure.querySelector("figcaption");
  const button = document.createElement("button");
  button.type = "button";
  button.className = "copy";
  button.textContent = "Copy";
  button.setAttribute("aria-label", `Copy: ${caption.textContent}`);
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(figure.querySelector("code").textContent);
    button.textContent = "Copied";
    setTimeout(() => { button.textContent = "Copy"; }, 2000);
  });
  caption.append(button);
}

// Search as you type: the same page is fetched, its results replace those that are shown, and are told to who listens.
const live = document.querySelector("form[data-live]");
if (live) {
  let timer, asked = 0;
  const refresh = async () => {
    const number = ++asked;
    const url = `${live.action}?${new URLSearchParams(new FormData(live))}`;
    const answer = await fetch(url).catch(() => null);
    if (!answer || !answer.ok || number !== asked) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const found = page.getElementById(live.dataset.live);
    if (!found || number !== asked) return;
    document.getElementById(live.dataset.live).replaceWith(found);
    document.title = page.title;
    document.getElementById("told").textContent = found.querySelector(".total").textContent;
    history.replaceState(null, "", url);
  };
  live.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(refresh, 250); });
}
