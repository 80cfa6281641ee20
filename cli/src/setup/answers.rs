//! Step 2: the questions that only the author can answer. The answers are in `samconfig.toml`.

use std::{collections::BTreeMap, process::Command};

use super::{
    context::Context,
    parsers::{
        address_of, author_name, buyers_address, domain_in_ascii, domain_of_page, name_of,
        own_address, page_url, sender, with_name,
    },
    sam_file::SamFile,
    step::{About, State},
};
use crate::{
    arguments::Checkout,
    error::CliError,
    software,
    terminal::{ask, can_ask, choose},
};

pub(super) const ABOUT: About = About {
    name: "answers",
    title: "Six questions",
    takes: "a minute or two",
    what: "Asks for your name, your address, your page, the sender of the shop's mail, the address \
           for buyers and where they pay, and writes the answers into samconfig.toml.",
};

/// Returns where `samconfig.toml` says that buyers pay.
pub(super) fn checkout(file: &SamFile) -> Option<Checkout> {
    [Checkout::Overlay, Checkout::Stripe]
        .into_iter()
        .find(|checkout| file.own(CHECKOUT) == Some(checkout.as_str()))
}

const CHECKOUT: &str = "checkout";

/// The parameters of the template that are asked for.
const AUTHOR: &str = "AuthorEmail";
const PAGE: &str = "BookPageUrl";
const SENDER: &str = "MailFrom";
const IDENTITY: &str = "MailIdentity";
const SUPPORT: &str = "SupportEmail";
/// The parameter that says who sells. Nobody is asked: it stays what it is, and `me` at first.
const SELLER: &str = "Seller";
const TAX: &str = "StripeTax";
const INVOICES: &str = "Invoices";

/// Which flag answers a question where no terminal is.
const FLAGS: [(&str, &str); 4] = [
    (AUTHOR, "--author"),
    (PAGE, "--page"),
    (SENDER, "--sender"),
    (SUPPORT, "--support"),
];

/// What is answered. Absent is what nobody said yet.
#[derive(Default)]
struct Answers {
    /// The values of the template's parameters.
    parameters: BTreeMap<&'static str, String>,
    checkout: Option<Checkout>,
    /// The author's name, for the sender.
    name: Option<String>,
}

/// Returns what is known, or what is going to be asked.
pub(super) fn state(context: &Context) -> Result<State, CliError> {
    let answers = Answers::given(context)?;
    let missing = answers.missing();
    let is_written = answers.is_written(&context.sam);
    Ok(if !missing.is_empty() {
        State::ToDo(format!("nobody said yet: {}", missing.join(", ")))
    } else if is_written {
        State::Done(answers.summary())
    } else {
        State::ToDo(format!("writes {}", answers.summary()))
    })
}

/// Asks what is missing, and writes the answers.
pub(super) fn run(context: &mut Context) -> Result<(), CliError> {
    let mut answers = Answers::given(context)?;
    if !answers.missing().is_empty() {
        if !can_ask() {
            return Err(CliError::Usage(format!(
                "There is no terminal to answer questions at. Say {} on the command line.",
                answers.missing().join(", ")
            )));
        }
        answers.ask()?;
    }
    answers.complete()?;
    check_seller(&answers, &context.sam)?;
    let identity = answers.identity(&context.sam)?;
    answers.parameters.insert(IDENTITY, identity);
    let parameters = answers.parameters.iter();
    let parameters = parameters.map(|(name, text)| (*name, text.as_str()));
    // A `sam deploy` by hand takes the fingerprint of what ran before out of the stack: it deploys
    // something else.
    let no_fingerprint = (software::PARAMETER, "");
    context
        .sam
        .set_parameters(parameters.chain([no_fingerprint]));
    if let Some(checkout) = answers.checkout {
        context.sam.set_own(CHECKOUT, checkout.as_str());
    }
    context.sam.write()
}

impl Answers {
    /// Returns what the command line says, and else what `samconfig.toml` does.
    fn given(context: &Context) -> Result<Self, CliError> {
        let arguments = context.arguments;
        let mut answers = Self {
            checkout: arguments.checkout.or_else(|| checkout(&context.sam)),
            ..Self::default()
        };
        let known = context.sam.parameters();
        for (parameter, _) in FLAGS {
            if let Some(text) = known.get(parameter) {
                answers.parameters.insert(parameter, text.clone());
            }
        }
        if let Some(seller) = arguments.seller {
            let seller = seller.as_str().to_owned();
            answers.parameters.insert(SELLER, seller);
        }
        if let Some(author) = &arguments.author {
            answers.set_author(author).map_err(wrong("--author"))?;
        }
        if let Some(page) = &arguments.page {
            let page = page_url(page).map_err(wrong("--page"))?;
            answers.parameters.insert(PAGE, page);
        }
        if let Some(sender) = &arguments.sender {
            answers.set_sender(sender).map_err(wrong("--sender"))?;
        }
        if let Some(support) = &arguments.support {
            let support = buyers_address(support).map_err(wrong("--support"))?;
            answers.parameters.insert(SUPPORT, support);
        }
        Ok(answers)
    }

    /// Returns the flags of what nobody said yet.
    fn missing(&self) -> Vec<&'static str> {
        let is_missing = |(parameter, _): &(&str, &str)| !self.parameters.contains_key(parameter);
        let mut flags: Vec<_> = FLAGS
            .into_iter()
            .filter(is_missing)
            .map(|(_, flag)| flag)
            .collect();
        if self.checkout.is_none() {
            flags.push("--checkout");
        }
        flags
    }

    /// Checks what a hand wrote into `samconfig.toml`, too.
    fn complete(&mut self) -> Result<(), CliError> {
        let in_file = |error: String| CliError::Refused(format!("samconfig.toml: {error}"));
        let value =
            |answers: &Self, name| answers.parameters.get(name).cloned().unwrap_or_default();
        own_address(&value(self, AUTHOR)).map_err(in_file)?;
        page_url(&value(self, PAGE)).map_err(in_file)?;
        sender(&value(self, SENDER)).map_err(in_file)?;
        buyers_address(&value(self, SUPPORT)).map_err(in_file)?;
        Ok(())
    }

    fn is_written(&self, file: &SamFile) -> bool {
        let written = file.parameters();
        let is_same = |(name, text): (&&str, &String)| written.get(*name) == Some(text);
        written.contains_key(IDENTITY)
            && written.contains_key(software::PARAMETER)
            && self.parameters.iter().all(is_same)
            && self.checkout == checkout(file)
    }

    fn summary(&self) -> String {
        let value = |name| self.parameters.get(name).map_or("", String::as_str);
        format!(
            "mail from {}, alarms to {}, buyers write to {}, page {}, payment {}",
            value(SENDER),
            value(AUTHOR),
            value(SUPPORT),
            value(PAGE),
            match self.checkout {
                Some(Checkout::Overlay) => "on your page",
                _ => "on Stripe's page",
            }
        )
    }

    /// Asks the six questions. What is known is the default.
    fn ask(&mut self) -> Result<(), CliError> {
        let known = |answers: &Self, name| answers.parameters.get(name).cloned();
        let named = known(self, SENDER).and_then(|sender| name_of(&sender));
        let name = self.name.clone().or(named).or_else(|| git("user.name"));
        self.name = Some(ask(
            "Your name, as buyers read it",
            name.as_deref(),
            author_name,
        )?);
        let address = known(self, AUTHOR).or_else(|| git("user.email"));
        let address = ask(
            "Your own address, for alarms",
            address.as_deref(),
            own_address,
        )?;
        self.parameters.insert(AUTHOR, address.clone());
        let page = ask(
            "The page that sells your books (https://…)",
            known(self, PAGE).as_deref(),
            page_url,
        )?;
        self.parameters.insert(PAGE, page.clone());
        let sender =
            known(self, SENDER).or_else(|| Some(format!("books@{}", domain_of_page(&page)?)));
        let name = self.name.clone();
        let with_name = |text: &str| with_name(text, name.as_deref());
        let sender = ask(
            "The sender of the shop's mail, at a domain of yours",
            sender.as_deref(),
            with_name,
        )?;
        self.parameters.insert(SENDER, sender);
        let support = known(self, SUPPORT).or(Some(address));
        let support = ask(
            "The address that buyers write to",
            support.as_deref(),
            buyers_address,
        )?;
        self.parameters.insert(SUPPORT, support);
        let choices = [
            "on your page, with Stripe's form over it",
            "on Stripe's page",
        ];
        let default = usize::from(self.checkout == Some(Checkout::Stripe));
        let chosen = choose("Where shall buyers pay?", &choices, default)?;
        self.checkout = Some([Checkout::Overlay, Checkout::Stripe][chosen]);
        Ok(())
    }

    fn set_author(&mut self, text: &str) -> Result<(), String> {
        let (name, address) = match text.rsplit_once('<') {
            Some((name, address)) => (name.trim(), address.trim_end().trim_end_matches('>')),
            None => ("", text),
        };
        self.parameters.insert(AUTHOR, own_address(address)?);
        if !name.is_empty() {
            self.name = Some(author_name(name)?);
        }
        Ok(())
    }

    fn set_sender(&mut self, text: &str) -> Result<(), String> {
        let sender = with_name(text, self.name.as_deref())?;
        self.parameters.insert(SENDER, sender);
        Ok(())
    }

    /// Returns the identity that the sender's mail is signed for: the one that is named already if
    /// it covers the sender, else the sender's domain.
    fn identity(&self, file: &SamFile) -> Result<String, CliError> {
        let address = self.parameters.get(SENDER).map(|sender| address_of(sender));
        let domain = address.as_deref().and_then(domain_in_ascii);
        let domain =
            domain.ok_or_else(|| CliError::Refused("The sender has no domain.".to_owned()))?;
        let named = file.parameters().remove(IDENTITY);
        let covers = |identity: &String| {
            Some(identity) == address.as_ref()
                || *identity == domain
                || domain.ends_with(&format!(".{identity}"))
        };
        Ok(named.filter(covers).unwrap_or(domain))
    }
}

/// Refuses what the template's rules would refuse only after a build.
fn check_seller(answers: &Answers, file: &SamFile) -> Result<(), CliError> {
    let known = file.parameters();
    let value = |name| answers.parameters.get(name).or_else(|| known.get(name));
    let is = |name, text| value(name).is_some_and(|value| value == text);
    if is(SELLER, "stripe") && is(TAX, "on") {
        return Err(CliError::Refused(
            "samconfig.toml: StripeTax is \"on\", which is for an author who sells; where Stripe sells, it \
             works out the tax by itself. Take StripeTax out, or say --seller me."
                .to_owned(),
        ));
    }
    let invoices = value(INVOICES).filter(|invoices| *invoices != "off");
    if let (true, Some(invoices)) = (is(SELLER, "stripe"), invoices) {
        return Err(CliError::Refused(format!(
            "samconfig.toml: Invoices is \"{invoices}\", which is for an author who sells; where Stripe \
             sells, Link sends the receipts. Take Invoices out, or say --seller me."
        )));
    }
    Ok(())
}

fn wrong(flag: &'static str) -> impl Fn(String) -> CliError {
    move |error| CliError::Usage(format!("{flag}: {error}"))
}

/// Returns a setting of git, as a default.
fn git(name: &str) -> Option<String> {
    let output = Command::new("git").args(["config", name]).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?.trim().to_owned();
    (!text.is_empty()).then_some(text)
}
