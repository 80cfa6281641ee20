//! A domain's zone in Route 53, if the account has it.

use aws_config::SdkConfig;
use aws_sdk_route53::{
    Client,
    types::{
        Change, ChangeAction, ChangeBatch, HostedZoneConfig, ResourceRecord, ResourceRecordSet,
        RrType,
    },
};

use super::records::{Found, Record};
use crate::{dns::Kind, error::CliError};

/// How long resolvers may keep a record, in seconds.
const TTL: i64 = 1800;

/// A public zone.
pub(super) struct Zone {
    client: Client,
    id: String,
    /// Without a dot at its end.
    pub(super) name: String,
}

impl Zone {
    /// Finds the zone that a domain is in: the longest name that the domain ends in. `None` if the
    /// account has none.
    pub(super) async fn of(config: &SdkConfig, domain: &str) -> Result<Option<Self>, CliError> {
        let client = Client::new(config);
        let mut name = domain;
        loop {
            let asked = client
                .list_hosted_zones_by_name()
                .dns_name(name)
                .max_items(5);
            let found = asked.send().await;
            let found = found.map_err(|error| {
                CliError::of_aws("Failed to look for the domain in Route 53", error)
            })?;
            let is_it = |zone: &&aws_sdk_route53::types::HostedZone| {
                let is_private = zone.config().is_some_and(HostedZoneConfig::private_zone);
                zone.name().trim_end_matches('.') == name && !is_private
            };
            if let Some(zone) = found.hosted_zones().iter().find(is_it) {
                let id = zone.id().trim_start_matches("/hostedzone/").to_owned();
                let name = name.to_owned();
                return Ok(Some(Self { client, id, name }));
            }
            match name.split_once('.') {
                Some((_, above)) if above.contains('.') => name = above,
                _ => return Ok(None),
            }
        }
    }

    /// Looks for a record in the zone.
    pub(super) async fn look(&self, record: &Record) -> Result<Found, CliError> {
        let found = self
            .client
            .list_resource_record_sets()
            .hosted_zone_id(&self.id)
            .start_record_name(&record.name)
            .start_record_type(rr_type(record.kind))
            .max_items(1)
            .send()
            .await
            .map_err(|error| CliError::of_aws("Failed to read the zone in Route 53", error))?;
        let is_it = |set: &&ResourceRecordSet| {
            set.name()
                .trim_end_matches('.')
                .eq_ignore_ascii_case(&record.name)
                && *set.r#type() == rr_type(record.kind)
        };
        let set = found.resource_record_sets().iter().find(is_it);
        let values = set
            .into_iter()
            .flat_map(ResourceRecordSet::resource_records);
        let values: Vec<_> = values.map(|value| plain(value.value())).collect();
        Ok(match record.find(values.clone()) {
            // A zone holds all texts of a name as one set, which would have to be overwritten.
            Found::Nothing if set.is_some() => Found::Others(values),
            found => found,
        })
    }

    /// Writes records that are not there. Route 53 refuses the batch if one is there meanwhile, so
    /// nothing is overwritten.
    pub(super) async fn create(&self, records: &[Record]) -> Result<(), CliError> {
        let step = "Failed to write the records into Route 53";
        let failed = |error| CliError::of_aws(step, error);
        let mut changes = Vec::new();
        for record in records {
            let value = ResourceRecord::builder().value(quoted(record));
            let value = value.build().map_err(failed)?;
            let set = ResourceRecordSet::builder()
                .name(&record.name)
                .r#type(rr_type(record.kind))
                .ttl(TTL)
                .resource_records(value);
            let set = set.build().map_err(failed)?;
            let change = Change::builder()
                .action(ChangeAction::Create)
                .resource_record_set(set);
            changes.push(change.build().map_err(failed)?);
        }
        let batch = ChangeBatch::builder().set_changes(Some(changes)).build();
        let batch = batch.map_err(failed)?;
        let change = self.client.change_resource_record_sets();
        let change = change
            .hosted_zone_id(&self.id)
            .change_batch(batch)
            .send()
            .await;
        change.map_err(|error| CliError::of_aws(step, error))?;
        Ok(())
    }
}

fn rr_type(kind: Kind) -> RrType {
    match kind {
        Kind::Cname => RrType::Cname,
        Kind::Mx => RrType::Mx,
        Kind::Txt => RrType::Txt,
    }
}

/// Writes a value as Route 53 takes it: a text in quotes.
fn quoted(record: &Record) -> String {
    match record.kind {
        Kind::Txt => format!("\"{}\"", record.value),
        _ => record.value.clone(),
    }
}

/// Returns a value of Route 53 as the DNS has it: the parts of a text without their quotes.
fn plain(value: &str) -> String {
    match value
        .strip_prefix('"')
        .and_then(|value| value.strip_suffix('"'))
    {
        Some(text) => text.replace("\" \"", ""),
        None => value.trim_end_matches('.').to_owned(),
    }
}
