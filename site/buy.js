"use strict";

/*
 * Opens Stripe's checkout in a dialog on the book page, so that the buyer need not leave it.
 *
 * Each Buy Now is an ordinary form that works without this script. The script asks the shop
 * for a checkout session in JSON and opens that in a dialog. If anything goes wrong on the way,
 * the form is submitted as if the script were not there. The script stores nothing.
 *
 * If the page has Google Analytics (gtag), the script sends it begin_checkout and purchase.
 */
{
  // The release of Stripe.js that speaks the shop's API version.
  const stripeJs =
    document.currentScript.dataset.stripeJs || "https://js.stripe.com/endive/stripe.js";
  const timeout = 8000; // milliseconds until the form is submitted without the dialog
  const labels = { busy: "Opening…", title: "Payment", close: "Close" };

  /** Stripe.js is loaded once, when a buyer points at a button, touches it or moves the focus to it. */
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

  /** The instances of Stripe by publishable key: Stripe wants one for each key, not for each sale. */
  const stripes = new Map();

  async function stripeFor(publishableKey) {
    const Stripe = await loadStripeJs();
    if (!stripes.has(publishableKey)) stripes.set(publishableKey, Stripe(publishableKey));
    return stripes.get(publishableKey);
  }

  const hasAnalytics = () => typeof window.gtag === "function";

  /** Returns a sale as Analytics expects it. The price is the catalogue's, before taxes and discounts. */
  function analyticsSale(form, { product, value, currency, reference }) {
    const price = Number(value);
    const item = { item_id: form.elements.product_id.value, item_name: product, price, quantity: 1 };
    return { transaction_id: reference, value: price, currency, items: [item] };
  }

  /** Sends an event to Analytics, if the page has it. An error in Analytics must not cost the sale. */
  function sendToAnalytics(event, parameters) {
    try {
      if (hasAnalytics()) window.gtag("event", event, parameters);
    } catch (error) {
      console.warn(error);
    }
  }

  /**
   * Sends the form to the shop and prepares what its answer says: the refusal's sentence, a checkout
   * for the dialog, or Stripe's page. The request is CORS-simple, so there is no preflight to wait for.
   *
   * With Analytics the buyer stays on this page until the purchase has been sent to it. Without it
   * Stripe redirects the buyer after the payment.
   */
  async function startCheckout(form) {
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
    const sale = analyticsSale(form, answer);
    if (answer.client_secret && answer.publishable_key) {
      const stripe = await stripeFor(answer.publishable_key);
      const options = { fetchClientSecret: async () => answer.client_secret };
      if (answer.return_url) options.onComplete = afterPayment(pageAt(answer.return_url), sale);
      return { checkout: await stripe.createEmbeddedCheckoutPage(options), sale };
    }
    return { page: pageAt(answer.url), sale };
  }

  /** Returns the URL of a web page; other kinds of URL are an error. */
  function pageAt(address) {
    const page = new URL(address);
    if (!/^https?:$/.test(page.protocol)) throw new Error("not a page");
    return page;
  }

  /** Returns the callback for Stripe.js after the payment. Only its first call does anything. */
  function afterPayment(page, sale) {
    let isDone = false;
    return () => {
      if (isDone) return;
      isDone = true;
      sendToAnalytics("purchase", sale);
      location.assign(page);
    };
  }

  function withTimeout(promise) {
    const late = new Promise((_, reject) => setTimeout(reject, timeout, new Error("late")));
    return Promise.race([promise, late]);
  }

  /** The button of the checkout in progress and its label; another click must not start a second one. */
  let inProgress = null;

  async function buy(form, button) {
    inProgress = { button, label: button.innerHTML };
    button.parentElement.querySelector("[role=alert]")?.remove();
    button.style.minWidth = `${button.offsetWidth}px`;
    button.textContent = labels.busy;
    button.setAttribute("aria-disabled", "true");
    try {
      const { refusal, checkout, page, sale } = await withTimeout(startCheckout(form));
      if (!refusal) sendToAnalytics("begin_checkout", sale);
      if (refusal) showRefusal(refusal);
      else if (checkout) openDialog(checkout);
      else leave(() => location.assign(page));
    } catch {
      // A field of the form may be called "submit" and hide the method.
      leave(() => HTMLFormElement.prototype.submit.call(form));
    }
  }

  /** Goes to another page. If the buyer stops the page from loading, the button works again. */
  function leave(go) {
    const left = inProgress;
    setTimeout(() => inProgress === left && restoreButton(), timeout);
    go();
  }

  /** Restores the button of the checkout in progress, so that it can be pressed again. */
  function restoreButton() {
    if (!inProgress) return;
    const { button, label } = inProgress;
    inProgress = null;
    button.innerHTML = label;
    button.style.minWidth = "";
    button.removeAttribute("aria-disabled");
  }

  function showRefusal(refusal) {
    const { button } = inProgress;
    restoreButton();
    const message = document.createElement("p");
    message.setAttribute("role", "alert");
    message.textContent = refusal;
    button.after(message);
  }

  /** Shows the checkout in a dialog, which the page's style sheet styles as `.checkout`. */
  function openDialog(checkout) {
    const { button } = inProgress;
    const dialog = document.createElement("dialog");
    const close = document.createElement("button");
    const place = document.createElement("div");
    dialog.className = "checkout";
    dialog.setAttribute("aria-label", labels.title);
    close.type = "button";
    close.textContent = labels.close;
    close.onclick = () => dialog.close();
    dialog.append(close, place);
    document.body.append(dialog);
    // The Escape key and the Back button of a phone close the dialog, too.
    dialog.onclose = () => {
      checkout.destroy();
      dialog.remove();
      restoreButton();
      button.focus();
    };
    dialog.showModal();
    checkout.mount(place);
  }

  /** Returns the button that contains the element if it belongs to a Buy Now form, or null. */
  function buyButton(element) {
    const button = element.closest?.("button");
    return button?.form?.method === "post" && button.form.elements.product_id ? button : null;
  }

  for (const type of ["pointerover", "touchstart", "focusin"]) {
    const prepare = ({ target }) => buyButton(target) && loadStripeJs();
    document.addEventListener(type, prepare, { passive: true });
  }

  document.addEventListener("submit", (event) => {
    const button = buyButton(event.submitter ?? event.target.querySelector("button"));
    if (!button || event.defaultPrevented || stripeJsBlocked) return;
    event.preventDefault();
    if (!inProgress) buy(button.form, button);
  });

  // A browser may restore this page as it was left when the buyer goes back to it from Stripe's page.
  addEventListener("pageshow", ({ persisted }) => {
    if (!persisted) return;
    document.querySelector("dialog.checkout")?.close();
    restoreButton();
  });
}
