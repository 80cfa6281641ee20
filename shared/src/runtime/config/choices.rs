//! What the author chose at the deploy: who sells, what buyers can have back, who gets an invoice, and
//! which mails about sales there are.

use super::{
    AUTHOR_EMAIL, Environment, INVOICES, REFUND_DAYS, REFUND_DOWNLOADS, SALE_MAIL, SELLER,
    STRIPE_TAX, TEST_SALES, WITHDRAWAL,
};
use crate::domain::{
    agreement::Withdrawal,
    email_address::EmailAddress,
    invoice::Invoices,
    product::MOST_DOWNLOADS,
    returns::{MOST_REFUND_DAYS, RefundTerms, ReturnTerms},
    sale_mail::SaleMail,
    seller::Seller,
};

impl Environment {
    /// Whether sales of Stripe's test mode count as sales, as [`TEST_SALES`] says.
    pub fn counts_test_sales(&self) -> bool {
        let text = self.optional(TEST_SALES).unwrap_or_default();
        if !matches!(&*text, "" | "count" | "leave-out") {
            self.problem(TEST_SALES, "is neither `count` nor `leave-out`");
        }
        text == "count"
    }

    /// Returns whether the author is mailed about sales, as [`SALE_MAIL`] says. [`AUTHOR_EMAIL`] has to
    /// be there if they are.
    pub fn sale_mail(&self) -> SaleMail {
        let text = self.optional(SALE_MAIL).unwrap_or_default();
        let mail = match &*text {
            "" | "off" => return SaleMail::Off,
            "each" => SaleMail::Each,
            "daily" => SaleMail::Daily,
            _ => {
                self.problem(SALE_MAIL, "is none of `off`, `each` and `daily`");
                return SaleMail::Off;
            }
        };
        self.author_email().map_or(SaleMail::Off, mail)
    }

    /// Returns [`AUTHOR_EMAIL`], which has to be there.
    pub fn author_email(&self) -> Option<EmailAddress> {
        let author = self.required(AUTHOR_EMAIL);
        let address = EmailAddress::parse(&author);
        if address.is_none() && !author.is_empty() {
            self.problem(AUTHOR_EMAIL, "is no address such as jane@example.com");
        }
        address
    }

    /// Returns who sells, as [`SELLER`] says, and whether Stripe Tax works out the tax for the author,
    /// as [`STRIPE_TAX`] says. A Stripe that sells works it out in any case.
    pub fn seller_and_tax(&self) -> (Seller, bool) {
        let seller = match self.optional(SELLER) {
            None => Some(Seller::Author),
            Some(text) => Seller::parse(&text),
        };
        if seller.is_none() {
            self.problem(SELLER, "is neither `me` nor `stripe`");
        }
        let seller = seller.unwrap_or_default();
        let adds_tax = self.optional(STRIPE_TAX).is_some_and(|text| text == "on");
        if adds_tax && seller == Seller::Stripe {
            self.problem(
                STRIPE_TAX,
                "is for an author who sells, not for SELLER `stripe`",
            );
        }
        (seller, adds_tax)
    }

    /// Returns whether the shop keeps the European Union's right of withdrawal, as [`WITHDRAWAL`] says.
    pub fn withdrawal(&self) -> Withdrawal {
        let text = self.optional(WITHDRAWAL).unwrap_or_default();
        if text.is_empty() {
            return Withdrawal::Off;
        }
        let withdrawal = Withdrawal::parse(&text);
        if withdrawal.is_none() {
            self.problem(WITHDRAWAL, "is neither `off` nor `eu`");
        }
        withdrawal.unwrap_or_default()
    }

    /// Returns what buyers can have back by their own press, as [`WITHDRAWAL`], [`REFUND_DAYS`] and
    /// [`REFUND_DOWNLOADS`] say.
    pub fn return_terms(&self) -> ReturnTerms {
        let number = |variable, most| {
            let text = self.optional(variable).unwrap_or_else(|| "0".to_owned());
            let number = text.parse().ok().filter(|number| *number <= most);
            if number.is_none() {
                self.problem(variable, &format!("is no number from 0 to {most}"));
            }
            number.unwrap_or(0)
        };
        let days = number(REFUND_DAYS, MOST_REFUND_DAYS);
        let downloads = number(REFUND_DOWNLOADS, MOST_DOWNLOADS);
        ReturnTerms {
            withdrawal: self.withdrawal(),
            refund: (days > 0).then_some(RefundTerms { days, downloads }),
        }
    }

    /// Returns which buyers get an invoice, as [`INVOICES`] says.
    pub fn invoices(&self) -> Invoices {
        let invoices = match self.optional(INVOICES) {
            None => Some(Invoices::Off),
            Some(text) => Invoices::parse(&text),
        };
        if invoices.is_none() {
            self.problem(INVOICES, "is none of `off`, `on` and `companies`");
        }
        invoices.unwrap_or_default()
    }

    /// Returns which buyers get an invoice of this seller. Stripe makes none where it sells.
    pub fn invoices_of(&self, seller: Seller) -> Invoices {
        let invoices = self.invoices();
        if invoices != Invoices::Off && seller == Seller::Stripe {
            let problem = "is for an author who sells, not for SELLER `stripe`";
            self.problem(INVOICES, problem);
        }
        invoices
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runtime::config::tests::environment;

    #[test]
    fn stripe_as_the_seller_and_stripe_tax_exclude_each_other() {
        for (variables, expected) in [
            (&[][..], Ok((Seller::Author, false))),
            (
                &[("SELLER", "me"), ("STRIPE_TAX", "on")],
                Ok((Seller::Author, true)),
            ),
            (
                &[("SELLER", "stripe"), ("STRIPE_TAX", "off")],
                Ok((Seller::Stripe, false)),
            ),
            (
                &[("SELLER", "stripe"), ("STRIPE_TAX", "on")],
                Err("STRIPE_TAX is for an author"),
            ),
            (
                &[("SELLER", "link")],
                Err("SELLER is neither `me` nor `stripe`"),
            ),
        ] {
            let environment = environment(variables);
            let read = environment.seller_and_tax();
            match (environment.complete(), expected) {
                (Ok(()), Ok(expected)) => assert_eq!(read, expected),
                (Err(error), Err(words)) => assert!(error.to_string().contains(words), "{error}"),
                (outcome, _) => panic!("{variables:?}: {outcome:?}"),
            }
        }
    }

    #[test]
    fn invoices_are_for_an_author_who_sells() {
        for (text, seller, expected) in [
            ("", Seller::Stripe, Ok(Invoices::Off)),
            ("off", Seller::Stripe, Ok(Invoices::Off)),
            ("on", Seller::Author, Ok(Invoices::On)),
            ("companies", Seller::Author, Ok(Invoices::Companies)),
            (
                "on",
                Seller::Stripe,
                Err("INVOICES is for an author who sells"),
            ),
            (
                "companies",
                Seller::Stripe,
                Err("INVOICES is for an author"),
            ),
            (
                "all",
                Seller::Author,
                Err("INVOICES is none of `off`, `on` and `companies`"),
            ),
        ] {
            let environment = Environment::new(move |_| Some(text.to_owned()));
            let read = environment.invoices_of(seller);
            match (environment.complete(), expected) {
                (Ok(()), Ok(expected)) => assert_eq!(read, expected),
                (Err(error), Err(words)) => assert!(error.to_string().contains(words), "{error}"),
                (outcome, _) => panic!("{text}: {outcome:?}"),
            }
        }
    }

    #[test]
    fn an_author_who_wants_mails_about_sales_gives_an_address() {
        let read = |variables| {
            let environment = environment(variables);
            let mail = environment.sale_mail();
            let problems = environment.complete().err();
            (mail, problems.map(|error| error.to_string()))
        };
        let author = EmailAddress::parse("ada@example.com").unwrap();
        assert_eq!(read(&[]), (SaleMail::Off, None));
        assert_eq!(read(&[("SALE_MAIL", "off")]), (SaleMail::Off, None));
        let each = read(&[("SALE_MAIL", "each"), ("AUTHOR_EMAIL", "ada@example.com")]);
        assert_eq!(each, (SaleMail::Each(author), None));
        for (variables, expected) in [
            (&[("SALE_MAIL", "daily")] as &[_], "AUTHOR_EMAIL is missing"),
            (
                &[("SALE_MAIL", "daily"), ("AUTHOR_EMAIL", "ada")],
                "AUTHOR_EMAIL is no address",
            ),
            (
                &[("SALE_MAIL", "weekly")],
                "SALE_MAIL is none of `off`, `each` and `daily`",
            ),
        ] {
            let (_, problem) = read(variables);
            let problem = problem.unwrap();
            assert!(problem.contains(expected), "{problem}");
        }
    }

    #[test]
    fn the_right_of_withdrawal_is_off_or_the_european_unions() {
        for (text, expected) in [
            ("", Withdrawal::Off),
            ("off", Withdrawal::Off),
            ("eu", Withdrawal::Eu),
        ] {
            let environment = Environment::new(move |_| Some(text.to_owned()));
            assert_eq!(environment.withdrawal(), expected);
            assert_eq!(environment.complete(), Ok(()));
        }
        let environment = environment(&[("WITHDRAWAL", "EU")]);
        environment.withdrawal();
        let problem = environment.complete().unwrap_err().to_string();
        assert!(
            problem.contains("WITHDRAWAL is neither `off` nor `eu`"),
            "{problem}"
        );
    }
}
