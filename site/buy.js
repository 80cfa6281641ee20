"use strict";

/*
 * Opens the payment on the book page itself, so that the buyer never leaves it.
 *
 * Each Buy Now is an ordinary form that works without this file. Where it runs, it
 * asks the shop for a checkout session in JSON and opens that in a dialog. Whatever
 * goes wrong on the way, the form is sent the ordinary way. It stores nothing.
 *
 * If the page has Google Analytics (gtag), that hears of begin_checkout and of purchase.
 */
{
  // The release of Stripe.js that speaks the shop's API version.
  const stripeJs =
    document.currentScript.dataset.stripeJs || "https://js.stripe.com/endive/stripe.js";
  const patience = 8000; // milliseconds until the ordinary way is tried
  const words = { busy: "Opening…", title: "Payment", close: "Close" };

  /** Stripe.js is fetched once, as soon as a buyer reaches for a button. */
  let stripeJsLoading = null;
  let stripeJsBlocked = false;

  function loadStripeJs() {
    if (stripeJsLoading) return stripeJsLoading;
    stripeJsLoading = new Promise((resolve, reject) => {
      const script = document.createElement("script");
      script.src = stripeJs;
      script.onload = () => (window.Stripe ? resolve(window.Stripe) : reject(new Error("empty")));
      script.onerror = () => reject(new Error("blocked"));
      document.head.append(script);
    });
    stripeJsLoading.catch(() => (stripeJsBlocked = true));
    return stripeJsLoading;
  }

  /** Stripe asks for one instance for each key, not for each sale. */
  const stripes = new Map();

  async function stripeFor(publishableKey) {
    const Stripe = await loadStripeJs();
    if (!stripes.has(publishableKey)) stripes.set(publishableKey, Stripe(publishableKey));
    return stripes.get(publishableKey);
  }

  const hasAnalytics = () => typeof window.gtag === "function";

  /** What Analytics is told of a sale. Its price is the catalogue's, before taxes and discounts. */
  function statistics(form, { product, value, currency, reference }) {
    const price = Number(value);
    const item = { item_id: form.elements.product_id.value, item_name: product, price, quantity: 1 };
    return { transaction_id: reference, value: price, currency, items: [item] };
  }

  /** A mistake in there must not cost the sale. */
  function tellAnalytics(event, parameters) {
    try {
      if (hasAnalytics()) window.gtag("event", event, parameters);
    } catch (error) {
      console.warn(error);
    }
  }

  /**
   * The shop's answer to the form. A CORS-simple request: no preflight to wait for. With Analytics
   * the buyer stays on this page until it has heard of the purchase; otherwise Stripe sends them on.
   */
  async function askShop(form) {
    const fields = new URLSearchParams(new FormData(form));
    if (hasAnalytics()) fields.set("on_completion", "stay");
    const response = await fetch(form.action, {
      method: "POST",
      headers: { Accept: "application/json" },
      body: fields,
    });
    const answer = await response.json();
    const refused = response.status >= 400 && response.status < 500;
    if (refused && answer.error?.message) return { refusal: answer.error.message };
    const sold = statistics(form, answer);
    if (answer.client_secret && answer.publishable_key) {
      const stripe = await stripeFor(answer.publishable_key);
      const options = { fetchClientSecret: async () => answer.client_secret };
      if (answer.return_url) options.onComplete = goOn(pageAt(answer.return_url), sold);
      return { checkout: await stripe.createEmbeddedCheckoutPage(options), sold };
    }
    return { page: pageAt(answer.url), sold };
  }

  function pageAt(address) {
    const page = new URL(address);
    if (!/^https?:$/.test(page.protocol)) throw new Error("not a page");
    return page;
  }

  /** Stripe says that the payment is done. */
  function goOn(page, sold) {
    let isDone = false;
    return () => {
      if (isDone) return;
      isDone = true;
      tellAnalytics("purchase", sold);
      location.assign(page);
    };
  }

  function inTime(promise) {
    const late = new Promise((_, reject) => setTimeout(reject, patience, new Error("late")));
    return Promise.race([promise, late]);
  }

  /** The one sale in progress; another click must not start a second. */
  let sale = null;

  async function buy(form, button) {
    sale = { button, label: button.innerHTML };
    button.parentElement.querySelector("[role=alert]")?.remove();
    button.style.minWidth = `${button.offsetWidth}px`;
    button.textContent = words.busy;
    button.setAttribute("aria-disabled", "true");
    try {
      const { refusal, checkout, page, sold } = await inTime(askShop(form));
      if (!refusal) tellAnalytics("begin_checkout", sold);
      if (refusal) explain(refusal);
      else if (checkout) open(checkout);
      else leave(() => location.assign(page));
    } catch {
      // A field of the form may be called "submit" and hide the method.
      leave(() => HTMLFormElement.prototype.submit.call(form));
    }
  }

  /** Goes to another page. A buyer who stops that on the way gets the button back. */
  function leave(go) {
    const left = sale;
    setTimeout(() => sale === left && endSale(), patience);
    go();
  }

  /** Makes the button as it was, and lets it be pressed again. */
  function endSale() {
    if (!sale) return;
    const { button, label } = sale;
    sale = null;
    button.innerHTML = label;
    button.style.minWidth = "";
    button.removeAttribute("aria-disabled");
  }

  function explain(refusal) {
    const { button } = sale;
    endSale();
    const message = document.createElement("p");
    message.setAttribute("role", "alert");
    message.textContent = refusal;
    button.after(message);
  }

  /** Its looks are `.checkout` in the page's style sheet. */
  function open(checkout) {
    const { button } = sale;
    const dialog = document.createElement("dialog");
    const close = document.createElement("button");
    const place = document.createElement("div");
    dialog.className = "checkout";
    dialog.setAttribute("aria-label", words.title);
    close.type = "button";
    close.textContent = words.close;
    close.onclick = () => dialog.close();
    dialog.append(close, place);
    document.body.append(dialog);
    // The Escape key and a phone's Back come here too.
    dialog.onclose = () => {
      checkout.destroy();
      dialog.remove();
      endSale();
      button.focus();
    };
    dialog.showModal();
    checkout.mount(place);
  }

  function buttonOfSale(element) {
    const button = element.closest?.("button");
    return button?.form?.method === "post" && button.form.elements.product_id ? button : null;
  }

  for (const reach of ["pointerover", "touchstart", "focusin"]) {
    const prepare = ({ target }) => buttonOfSale(target) && loadStripeJs();
    document.addEventListener(reach, prepare, { passive: true });
  }

  document.addEventListener("submit", (event) => {
    const button = buttonOfSale(event.submitter ?? event.target.querySelector("button"));
    if (!button || event.defaultPrevented || stripeJsBlocked) return;
    event.preventDefault();
    if (!sale) buy(button.form, button);
  });

  // Back from Stripe's page, a browser may show this one exactly as it was left.
  addEventListener("pageshow", ({ persisted }) => {
    if (!persisted) return;
    document.querySelector("dialog.checkout")?.close();
    endSale();
  });
}
