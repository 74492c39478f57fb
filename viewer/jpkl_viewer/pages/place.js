// @ts-nocheck
// The way back from a stack to the list of its folder, and the stack's name as the title of the page.

export function render({model}) {
  const list = document.createElement("a");
  list.href = window.location.pathname;
  list.textContent = "All stacks";
  const name = document.createElement("bdi");
  name.textContent = model.place;
  const nav = document.createElement("nav");
  nav.setAttribute("aria-label", "place");
  nav.append(list, "/", name);
  document.title = model.place.split("/").at(-1);
  return nav;
}
