//! Addresses that look mistyped. A mail to them bounces, and bounces are what an account is judged by.

/// Domains of providers with many customers. A domain that is one slip away from one of them, and is
/// none of them, is mistyped as a rule.
const PROVIDERS: [&str; 31] = [
    "aol.com",
    "btinternet.com",
    "comcast.net",
    "email.com",
    "fastmail.com",
    "gmail.com",
    "gmx.com",
    "gmx.net",
    "googlemail.com",
    "hotmail.co.uk",
    "hotmail.com",
    "hotmail.de",
    "hotmail.es",
    "hotmail.fr",
    "hotmail.it",
    "icloud.com",
    "live.com",
    "mail.com",
    "me.com",
    "outlook.com",
    "outlook.de",
    "outlook.es",
    "outlook.fr",
    "outlook.it",
    "proton.me",
    "protonmail.com",
    "t-online.de",
    "web.de",
    "yahoo.com",
    "yahoo.co.uk",
    "ymail.com",
];

/// Domains with fewer letters have too many real neighbours.
const SHORTEST: usize = 9;

/// Last labels that no registry has, and what is meant.
const LABELS: [(&str, &str); 12] = [
    ("cim", "com"),
    ("cmo", "com"),
    ("coim", "com"),
    ("comm", "com"),
    ("con", "com"),
    ("coom", "com"),
    ("ocm", "com"),
    ("vom", "com"),
    ("xom", "com"),
    ("nett", "net"),
    ("nte", "net"),
    ("ogr", "org"),
];

/// Returns the domain that is meant by the address, if its own looks mistyped. The address is in its
/// normal form.
pub(super) fn meant(email: &str) -> Option<String> {
    let (_, domain) = email.rsplit_once('@')?;
    if PROVIDERS.contains(&domain) {
        return None;
    }
    let is_near = |provider: &&&str| {
        provider.len() >= SHORTEST && strsim::damerau_levenshtein(domain, provider) == 1
    };
    if let Some(provider) = PROVIDERS.iter().find(is_near) {
        return Some((*provider).to_owned());
    }
    let (rest, label) = domain.rsplit_once('.')?;
    let known = LABELS.iter().find(|(wrong, _)| *wrong == label);
    known.map(|(_, label)| format!("{rest}.{label}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_told_from_real_neighbours() {
        for (domain, expected) in [
            ("gmial.com", Some("gmail.com")),
            ("gmail.con", Some("gmail.com")),
            ("gmai.com", Some("gmail.com")),
            ("gmail.co", Some("gmail.com")),
            ("hotmal.com", Some("hotmail.com")),
            ("yaho.com", Some("yahoo.com")),
            ("example.con", Some("example.com")),
            ("example.comm", Some("example.com")),
            ("gmail.com", None),
            ("ymail.com", None),
            ("mail.com", None),
            ("gmx.de", None),
            ("example.co", None),
            ("hotmail.es", None),
        ] {
            let meant = meant(&format!("jane@{domain}"));
            assert_eq!(meant.as_deref(), expected, "{domain}");
        }
    }
}
