
// Asks for the file without leaving the page, so that the page can show how many downloads are left.
document.getElementById("reload").remove();
// A button takes no press while its file is asked for, nor in the second after: another answer to a
// double click would stop the download that the first has begun.
let isAsking = false;
addEventListener("submit", async (event) => {
  const form = event.target;
  const button = form.querySelector("button");
  if (form.dataset.plain || !form.closest(".formats")) return;
  event.preventDefault();
  if (isAsking || button.hasAttribute("aria-disabled")) return;
  isAsking = true;
  button.setAttribute("aria-disabled", "true");
  try {
    const body = new URLSearchParams(new FormData(form));
    body.set(button.name, button.value);
    const headers = { accept: "application/json" };
    const answer = await fetch(form.action, { method: "POST", headers, body });
    if (!answer.ok) throw new Error(answer.statusText);
    const { url, count, downloads_left, downloads_in_full } = await answer.json();
    location.assign(url);
    const copy = form.closest("section");
    copy.querySelector("[aria-live]").textContent = count;
    copy.querySelectorAll(".dots span").forEach((dot, index) => {
      dot.className = index < downloads_left ? "left" : "";
      if (index >= downloads_in_full) dot.remove();
    });
    copy.querySelectorAll("progress").forEach((bar) => {
      bar.max = downloads_in_full;
      bar.value = downloads_left;
    });
  } catch {
    // The browser sends the form by itself, and shows the page that answers.
    form.dataset.plain = "yes";
    button.click();
    delete form.dataset.plain;
  } finally {
    isAsking = false;
    setTimeout(() => button.removeAttribute("aria-disabled"), 1000);
  }
});
