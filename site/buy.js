"use strict";

/*
 * Opens Stripe's checkout in a dialog on the book page, so that the buyer need not leave it.
 *
 * Each Buy Now is an ordinary form that works without this script. The script asks the shop
 * for a checkout session in JSON and opens that in a dialog. If something goes wrong at once, the
 * form is submitted as if the script were not there. If nothing happens, the buyer is told after
 * three seconds, offered Stripe's own page after eight, and told to try again after twelve. The
 * script stores nothing.
 *
 * If the page has Google Analytics (gtag), the script sends it begin_checkout and purchase.
 */
{
  // The release of Stripe.js that speaks the shop's API version.
  const stripeJs =
    document.currentScript.dataset.stripeJs || "https://js.stripe.com/endive/stripe.js";

  // Milliseconds after the press of a button.
  const slowAfter = 3000; // it takes longer than usual
  const offerAfter = 8000; // the buyer is offered Stripe's own page
  const dialogUntil = 10500; // no dialog opens any more: Stripe's page is tried, if the shop answers
  const patience = 12000; // the buyer is told that nothing opens
  // A failure that comes sooner leaves the time for a second try, which takes the shop ten seconds.
  const quickFailure = 2000;

  /** What buyers read, by the language of the page (its attribute lang). */
  const languages = {
    en: {
      busy: "Opening…",
      slow: "This takes longer than usual.",
      offer: "Pay on Stripe’s page",
      late: "The payment did not open. You have not been charged. Please try again in a few minutes.",
      title: "Payment",
      close: "Close",
    },
    de: {
      busy: "Wird geöffnet …",
      slow: "Das dauert länger als sonst.",
      offer: "Auf der Seite von Stripe bezahlen",
      late: "Das Zahlungsfenster hat sich nicht geöffnet. Es wurde nichts abgebucht. Bitte versuchen Sie es in ein paar Minuten noch einmal.",
      title: "Bezahlung",
      close: "Schließen",
    },
    fr: {
      busy: "Ouverture…",
      slow: "C’est plus long que d’habitude.",
      offer: "Payer sur la page de Stripe",
      late: "La fenêtre de paiement ne s’est pas ouverte. Rien n’a été débité. Veuillez réessayer dans quelques minutes.",
      title: "Paiement",
      close: "Fermer",
    },
    es: {
      busy: "Abriendo…",
      slow: "Está tardando más de lo habitual.",
      offer: "Pagar en la página de Stripe",
      late: "La ventana de pago no se ha abierto. No se le ha cobrado nada. Inténtelo de nuevo dentro de unos minutos.",
      title: "Pago",
      close: "Cerrar",
    },
  };

  function words() {
    const language = document.documentElement.lang.split("-")[0].toLowerCase();
    return languages[language] ?? languages.en;
  }

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
   * Sends the form to the shop and prepares what its answer says: the sentence of a refusal or of an
   * apology, a checkout for the dialog, or Stripe's page. The request is CORS-simple, so there is no
   * preflight to wait for.
   *
   * With Analytics the buyer stays on this page until the purchase has been sent to it. Without it
   * Stripe redirects the buyer after the payment.
   */
  async function startCheckout(sale) {
    const { form, fetching } = sale;
    const fields = new URLSearchParams(new FormData(form));
    if (hasAnalytics()) fields.set("on_completion", "stay");
    const response = await fetch(form.action, {
      method: "POST",
      headers: { Accept: "application/json" },
      body: fields,
      signal: fetching.signal,
    });
    const answer = await response.json();
    if (!response.ok && answer.error?.message) return { refusal: answer.error.message };
    sale.isAnswered = response.ok;
    const figures = analyticsSale(form, answer);
    if (answer.client_secret && answer.publishable_key) {
      const stripe = await stripeFor(answer.publishable_key);
      const options = { fetchClientSecret: async () => answer.client_secret };
      if (answer.return_url) options.onComplete = afterPayment(pageAt(answer.return_url), figures);
      return { checkout: await stripe.createEmbeddedCheckoutPage(options), figures };
    }
    return { page: pageAt(answer.url), figures };
  }

  /** Returns the URL of a web page; other kinds of URL are an error. */
  function pageAt(address) {
    const page = new URL(address);
    if (!/^https?:$/.test(page.protocol)) throw new Error("not a page");
    return page;
  }

  /** Returns the callback for Stripe.js after the payment. Only its first call does anything. */
  function afterPayment(page, figures) {
    let isDone = false;
    return () => {
      if (isDone) return;
      isDone = true;
      sendToAnalytics("purchase", figures);
      location.assign(page);
    };
  }

  /** The sale in progress: its form and button. Another click must not start a second one. */
  let inProgress = null;

  async function buy(form, button) {
    const sale = { form, button, label: button.innerHTML, fetching: new AbortController(), timers: [] };
    inProgress = sale;
    const began = performance.now();
    button.parentElement.querySelector("[role=alert]")?.remove();
    button.style.minWidth = `${button.offsetWidth}px`;
    button.textContent = words().busy;
    button.setAttribute("aria-disabled", "true");
    const after = (milliseconds, call) => sale.timers.push(setTimeout(call, milliseconds));
    after(slowAfter, () => say(button, words().slow));
    after(offerAfter, () => offerStripesPage(sale));
    after(dialogUntil, () => sale.isAnswered && leave(sale, () => submit(form)));
    after(patience, () => end(sale, words().late));
    try {
      const { refusal, checkout, page, figures } = await startCheckout(sale);
      if (sale !== inProgress || sale.isLeaving) return;
      if (refusal) return end(sale, refusal);
      sendToAnalytics("begin_checkout", figures);
      if (checkout) openDialog(sale, checkout);
      else leave(sale, () => location.assign(page));
    } catch {
      if (sale !== inProgress || sale.isLeaving) return;
      const isQuick = performance.now() - began < quickFailure;
      if (isQuick || sale.isAnswered) leave(sale, () => submit(form));
      else end(sale, words().late);
    }
  }

  /** Sends the form as the browser does without this script. A field may be called "submit". */
  const submit = (form) => HTMLFormElement.prototype.submit.call(form);

  /** Says something below the button, in place of what was said there. Returns the element. */
  function say(button, sentence) {
    button.parentElement.querySelector("[role=alert]")?.remove();
    const message = document.createElement("p");
    message.setAttribute("role", "alert");
    message.textContent = sentence;
    button.after(message);
    return message;
  }

  /** Offers the buyer to go on as if this script were not there. */
  function offerStripesPage(sale) {
    if (sale.isLeaving) return;
    const offer = document.createElement("button");
    offer.type = "button";
    offer.textContent = words().offer;
    offer.onclick = () => {
      say(sale.button, words().slow);
      leave(sale, () => submit(sale.form));
    };
    say(sale.button, words().slow).append(" ", offer);
  }

  /** Goes to another page. If that does not come in time, the sale ends on this one. */
  function leave(sale, go) {
    sale.isLeaving = true;
    sale.fetching.abort();
    go();
  }

  /** Ends a sale without a checkout, and says why. */
  function end(sale, why) {
    if (sale !== inProgress) return;
    restoreButton();
    say(sale.button, why);
  }

  /** Stops what waits for the checkout. */
  function stopWaiting({ button, fetching, timers }) {
    fetching.abort();
    timers.forEach(clearTimeout);
    button.parentElement.querySelector("[role=alert]")?.remove();
  }

  /** Restores the button of the sale in progress, so that it can be pressed again. */
  function restoreButton() {
    if (!inProgress) return;
    const { button, label } = inProgress;
    stopWaiting(inProgress);
    inProgress = null;
    button.innerHTML = label;
    button.style.minWidth = "";
    button.removeAttribute("aria-disabled");
  }

  /** Shows the checkout in a dialog, which the page's style sheet styles as `.checkout`. */
  function openDialog(sale, checkout) {
    const { button } = sale;
    stopWaiting(sale);
    const dialog = document.createElement("dialog");
    const close = document.createElement("button");
    const place = document.createElement("div");
    dialog.className = "checkout";
    dialog.setAttribute("aria-label", words().title);
    close.type = "button";
    close.textContent = words().close;
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
