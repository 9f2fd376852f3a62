// A drawing that is wider than its frame opens at the node that the page is about.
for (const start of document.querySelectorAll(".graph-frame .node.start > rect, .graph-frame .node.start > a > rect")) {
  const frame = start.closest(".graph-frame");
  const [box, room] = [start.getBoundingClientRect(), frame.getBoundingClientRect()];
  frame.scrollLeft += box.left + box.width / 2 - room.left - room.width / 2;
  frame.scrollTop += box.top + box.height / 2 - room.top - room.height / 2;
}
