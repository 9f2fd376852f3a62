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
