//! A buyer with a browser, and a local shop.

use std::{
    fs,
    panic::{AssertUnwindSafe, resume_unwind},
    time::{Duration, Instant},
};

use emulators::{faults::Service, ses::Mail};
use fantoccini::{Client, Locator, elements::Element};
use futures::FutureExt;
use local::{
    functions::Function,
    shop::{LocalShop, Options},
};

use crate::{
    commands,
    driver::{self, Browser, Settings, TIMEOUT},
    engine::Engine,
};

pub(crate) const EMAIL: &str = "jane@example.com";
/// Stripe's test cards.
pub(crate) const GOOD_CARD: &str = "4242 4242 4242 4242";
pub(crate) const DECLINED_CARD: &str = "4000 0000 0000 0002";
pub(crate) const THREE_D_SECURE_CARD: &str = "4000 0025 0000 3155";

/// The selector of the button Buy Now of `wip-2e`.
pub(crate) const BUY_NOW: &str = "form:has([value='wip-2e']) button";

/// A local shop, and a buyer's browser.
pub(crate) struct Buyer {
    pub(crate) shop: LocalShop,
    browser: Browser,
}

/// A downloaded file.
pub(crate) struct Download {
    pub(crate) name: String,
    pub(crate) content: Vec<u8>,
}

/// Runs a story, if a browser is installed, and asserts that it leaves no errors on the console.
pub(crate) async fn story(settings: Settings, tell: impl AsyncFnOnce(&Buyer)) {
    if !driver::is_here() {
        return;
    }
    let buyer = Buyer {
        shop: LocalShop::open(Options::default()).await.unwrap(),
        browser: Browser::start(settings).await,
    };
    let told = AssertUnwindSafe(async {
        tell(&buyer).await;
        assert_eq!(buyer.console_errors().await, [""; 0]);
    })
    .catch_unwind()
    .await;
    if told.is_err() {
        eprintln!("{}", buyer.whereabouts().await);
    }
    buyer.browser.stop().await;
    if let Err(panic) = told {
        resume_unwind(panic);
    }
}

impl Buyer {
    pub(crate) fn browser(&self) -> &Client {
        &self.browser.client
    }

    /// Opens a page of the shop by its path: `/`.
    pub(crate) async fn goes_to(&self, path: &str) {
        let url = format!("{}{path}", self.shop.url());
        self.browser().goto(&url).await.unwrap();
    }

    pub(crate) async fn address(&self) -> String {
        self.browser().current_url().await.unwrap().to_string()
    }

    /// Waits until the address satisfies `is_there`, and returns it.
    pub(crate) async fn arrives(&self, what: &str, is_there: impl Fn(&str) -> bool) -> String {
        eventually(what, async || {
            let address = self.browser().current_url().await.ok()?.to_string();
            is_there(&address).then_some(address)
        })
        .await
    }

    /// Waits for the private page, and returns the private link. The address of a buyer who comes from
    /// the checkout also names that.
    pub(crate) async fn arrives_at_the_private_page(&self) -> String {
        let start = format!("{}/", self.shop.url());
        let link = self.arrives("the private link", |address| {
            let link = without_query(address);
            link.strip_prefix(&start).is_some_and(is_purchase_id)
        });
        let link = without_query(&link.await).to_owned();
        self.sees("downloads left").await;
        link
    }

    /// Waits for these words on the page.
    pub(crate) async fn sees(&self, words: &str) {
        eventually(&format!("“{words}” on the page"), async || {
            self.text().await?.contains(words).then_some(())
        })
        .await;
    }

    pub(crate) async fn text(&self) -> Option<String> {
        let body = self.browser().find(Locator::Css("body")).await.ok()?;
        body.text().await.ok()
    }

    /// Waits for an element.
    pub(crate) async fn finds(&self, selector: &str) -> Element {
        eventually(selector, async || {
            self.browser().find(Locator::Css(selector)).await.ok()
        })
        .await
    }

    pub(crate) async fn count(&self, selector: &str) -> usize {
        let found = self.browser().find_all(Locator::Css(selector)).await;
        found.unwrap().len()
    }

    /// Waits for a button or a link that takes a press, and presses it. The page that it leads to may remove its frame
    /// before the driver answers.
    pub(crate) async fn presses(&self, selector: &str) {
        let mut is_unanswered = false;
        eventually(&format!("{selector} to press"), async || {
            let element = match self.browser().find(Locator::Css(selector)).await {
                Ok(element) => element,
                Err(gone) => {
                    let is_frame = gone.is_no_such_window() || gone.is_no_such_frame();
                    return (is_unanswered && is_frame).then_some(());
                }
            };
            if element.attr("aria-disabled").await.ok()?.is_some() {
                return None;
            }
            let pressed = element.click().await;
            is_unanswered = pressed.is_err();
            pressed.ok()
        })
        .await;
    }

    /// Waits for a field, and types into it; starts again if the page is replaced meanwhile.
    pub(crate) async fn types(&self, selector: &str, text: &str) {
        eventually(&format!("{selector} to type into"), async || {
            let field = self.browser().find(Locator::Css(selector)).await.ok()?;
            // WebKit's driver does not move the focus into a frame of another origin by itself.
            if self.browser.engine == Engine::WebKit {
                field.click().await.ok()?;
            }
            field.clear().await.ok()?;
            field.send_keys(text).await.ok()
        })
        .await;
    }

    /// Waits for a frame, and enters it.
    pub(crate) async fn enters_the_frame(&self, selector: &str) {
        self.finds(selector).await.enter_frame().await.unwrap();
    }

    pub(crate) async fn leaves_the_frame(&self) {
        self.browser().enter_parent_frame().await.unwrap();
    }

    /// Fills in Stripe's form and pays.
    pub(crate) async fn pays_with(&self, card: &str) {
        self.types("#email", EMAIL).await;
        self.types("#card", card).await;
        self.types("#expiry", "12 / 40").await;
        self.types("#cvc", "123").await;
        self.presses("#pay").await;
    }

    /// Goes from the book page to Stripe's page in the overlay, and enters its frame.
    pub(crate) async fn opens_the_overlay(&self) {
        self.goes_to("/").await;
        self.presses(BUY_NOW).await;
        self.enters_the_frame("dialog.checkout iframe").await;
        self.finds("#pay").await;
    }

    /// Buys the book in the overlay, and returns the private link.
    pub(crate) async fn buys(&self) -> String {
        self.opens_the_overlay().await;
        self.pays_with(GOOD_CARD).await;
        self.leaves_the_frame().await;
        self.arrives_at_the_private_page().await
    }

    /// Pushes a new edition, which mails the buyer.
    pub(crate) async fn is_notified_of_a_new_edition(&self) {
        let update = include_str!("../../events/push-update.json");
        let update = serde_json::from_str(update).unwrap();
        let functions = self.shop.functions();
        functions
            .invoke(Function::PushUpdate, update)
            .await
            .unwrap();
    }

    /// Presses the first button of a file of this name, and waits for the complete file.
    pub(crate) async fn downloads(&self, file: &str) -> Download {
        self.downloads_by(&format!("button[value={file}]")).await
    }

    /// Presses a download button, and waits for the complete file.
    pub(crate) async fn downloads_by(&self, button: &str) -> Download {
        let before = self.downloaded();
        self.presses(button).await;
        eventually("the file", async || {
            let mut files = self.downloaded();
            files.retain(|file| !before.contains(file));
            let name = files.pop()?;
            let content = fs::read(self.browser.downloads().join(&name)).ok()?;
            Some(Download { name, content })
        })
        .await
    }

    /// Waits until at least so many files were downloaded.
    pub(crate) async fn has_downloaded(&self, files: usize) {
        eventually("the files", async || {
            (self.downloaded().len() >= files).then_some(())
        })
        .await;
    }

    /// The names of all downloaded files.
    pub(crate) fn downloaded(&self) -> Vec<String> {
        let Ok(files) = fs::read_dir(self.browser.downloads()) else {
            return Vec::new();
        };
        // A browser downloads into a file with another name, and may create an empty file with the
        // final name; then it moves the complete file there.
        let names = files
            .flatten()
            .filter(|file| file.metadata().is_ok_and(|file| file.len() > 0))
            .filter_map(|file| file.file_name().into_string().ok());
        let is_complete = |name: &String| {
            let partial = [".crdownload", ".part", ".wkdownload"];
            !name.starts_with('.') && !partial.iter().any(|ending| name.ends_with(ending))
        };
        names.filter(is_complete).collect()
    }

    /// The errors on the console since the last call of this function. Only Chromium tells them.
    pub(crate) async fn console_errors(&self) -> Vec<String> {
        if self.browser.engine != Engine::Chromium {
            return Vec::new();
        }
        commands::console_errors(self.browser()).await.unwrap()
    }

    /// Waits until Chromium notes on the console that a request was answered with this status, and
    /// asserts that it notes nothing else. It notes it twice if the page's script made the request first.
    pub(crate) async fn was_answered(&self, status: &str) {
        if self.browser.engine != Engine::Chromium {
            return;
        }
        let errors = eventually(status, async || {
            let errors = self.console_errors().await;
            (!errors.is_empty()).then_some(errors)
        })
        .await;
        assert!(
            errors.iter().all(|error| error.contains(status)),
            "{errors:?}"
        );
    }

    pub(crate) fn mails(&self) -> Vec<Mail> {
        self.shop.emulators().mailbox.messages()
    }

    /// How many sessions the shop opened at Stripe.
    pub(crate) fn checkouts(&self) -> usize {
        let calls = self.shop.emulators().faults.calls();
        calls
            .iter()
            .filter(|call| call.service == Service::Stripe)
            .filter(|call| call.operation == "POST /v1/checkout/sessions")
            .count()
    }

    /// The page that the browser shows, for the message of a test that failed.
    async fn whereabouts(&self) -> String {
        let address = self.browser().current_url().await;
        let text: String = self
            .text()
            .await
            .unwrap_or_default()
            .chars()
            .take(500)
            .collect();
        format!(
            "The browser was at {}, and saw:\n{text}",
            address.map_or_else(|error| error.to_string(), String::from)
        )
    }
}

/// Returns an address without its query.
pub(crate) fn without_query(address: &str) -> &str {
    address.split('?').next().unwrap_or_default()
}

fn is_purchase_id(text: &str) -> bool {
    text.len() == 36
        && text
            .bytes()
            .all(|byte| byte == b'-' || byte.is_ascii_hexdigit())
}

/// Polls `find` until it returns something.
pub(crate) async fn eventually<T>(what: &str, mut find: impl AsyncFnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + TIMEOUT;
    loop {
        if let Some(found) = find().await {
            return found;
        }
        assert!(Instant::now() < deadline, "waited in vain for {what}");
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
}
