//! The records of a zone in Route 53.

use std::collections::BTreeMap;

use axum::response::Response;

use super::{cloud::Cloud, wire::xml};

/// Answers a call of Route 53. `asked` is the query of its address.
pub(super) fn route53(cloud: &Cloud, path: &str, asked: &str, body: &str) -> Response {
    let namespace = "xmlns=\"https://route53.amazonaws.com/doc/2013-04-01/\"";
    cloud.with(|account| {
        if path.ends_with("/hostedzonesbyname") {
            let zone = account.zone.as_ref().map(|name| {
                format!(
                    "<HostedZone><Id>/hostedzone/Z1</Id><Name>{name}.</Name>\
                     <CallerReference>1</CallerReference>\
                     <Config><PrivateZone>false</PrivateZone></Config></HostedZone>"
                )
            });
            let zones = zone.unwrap_or_default();
            return xml(
                200,
                &format!(
                    "<ListHostedZonesByNameResponse {namespace}><HostedZones>{zones}</HostedZones>\
                     <IsTruncated>false</IsTruncated><MaxItems>5</MaxItems>\
                     </ListHostedZonesByNameResponse>"
                ),
            );
        }
        if body.is_empty() {
            let asked: BTreeMap<_, _> = url::form_urlencoded::parse(asked.as_bytes()).collect();
            let (name, kind) = (&asked["name"], &asked["type"]);
            let start = format!("CREATE {name} {kind} ");
            let mut written = account.records.iter();
            let found = written.find_map(|line| line.strip_prefix(&start)).map(|value| {
                format!(
                    "<ResourceRecordSet><Name>{name}.</Name><Type>{kind}</Type><TTL>300</TTL>\
                     <ResourceRecords><ResourceRecord><Value>{value}</Value></ResourceRecord>\
                     </ResourceRecords></ResourceRecordSet>"
                )
            });
            return xml(
                200,
                &format!(
                    "<ListResourceRecordSetsResponse {namespace}><ResourceRecordSets>{}\
                     </ResourceRecordSets><IsTruncated>false</IsTruncated><MaxItems>1</MaxItems>\
                     </ListResourceRecordSetsResponse>",
                    found.unwrap_or_default()
                ),
            );
        }
        let record = regex_lite::Regex::new(
            "<Action>(\\w+)</Action>.*?<Name>(.*?)</Name><Type>(\\w+)</Type>.*?<Value>(.*?)</Value>",
        );
        for found in record.unwrap().captures_iter(body) {
            let value = found[4].replace("&quot;", "\"");
            let start = format!("{} {} {} ", &found[1], &found[2], &found[3]);
            let is_there = account.records.iter().any(|line| line.starts_with(&start));
            assert!(!is_there, "Route 53 refuses a record that is there: {start}");
            account.records.push(format!("{} {} {} {value}", &found[1], &found[2], &found[3]));
        }
        xml(
            200,
            &format!(
                "<ChangeResourceRecordSetsResponse {namespace}><ChangeInfo><Id>/change/C1</Id>\
                 <Status>PENDING</Status><SubmittedAt>2026-11-26T12:00:00Z</SubmittedAt>\
                 </ChangeInfo></ChangeResourceRecordSetsResponse>"
            ),
        )
    })
}
