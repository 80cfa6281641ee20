//! A DNS server: it knows what was written into the zone of the account, and what a test adds.

use std::sync::{Arc, Mutex};

use hickory_resolver::proto::{
    op::{Message, ResponseCode},
    rr::{RData, Record, RecordType, rdata::TXT},
};
use tokio::net::UdpSocket;

use super::Cloud;

pub(super) struct Dns {
    pub(super) address: String,
    /// Name, type and value of each record.
    records: Arc<Mutex<Vec<(String, String, String)>>>,
}

impl Dns {
    pub(super) async fn open(cloud: Cloud) -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let dns = Self {
            address: socket.local_addr().unwrap().to_string(),
            records: Arc::default(),
        };
        tokio::spawn(serve(socket, Arc::clone(&dns.records), cloud));
        dns
    }

    pub(super) fn add(&self, name: &str, kind: &str, value: &str) {
        let record = (name.to_owned(), kind.to_owned(), value.to_owned());
        self.records.lock().unwrap().push(record);
    }
}

async fn serve(socket: UdpSocket, added: Arc<Mutex<Vec<(String, String, String)>>>, cloud: Cloud) {
    let mut buffer = [0; 512];
    while let Ok((length, sender)) = socket.recv_from(&mut buffer).await {
        let asked = Message::from_vec(&buffer[..length]).unwrap();
        let mut answer = Message::response(asked.metadata.id, asked.metadata.op_code);
        answer.metadata.recursion_desired = true;
        answer.metadata.recursion_available = true;
        for query in &asked.queries {
            let name = query.name().to_string();
            let name = name.trim_end_matches('.');
            let mut texts: Vec<_> = cloud.with(|account| {
                let start = format!("CREATE {name} TXT ");
                let written = account.records.iter();
                written
                    .filter_map(|line| line.strip_prefix(&start))
                    .map(|text| text.trim_matches('"').to_owned())
                    .collect()
            });
            let is_it = |(of, kind, _): &&(String, String, String)| of == name && kind == "TXT";
            texts.extend(
                added
                    .lock()
                    .unwrap()
                    .iter()
                    .filter(is_it)
                    .map(|(_, _, text)| text.clone()),
            );
            if query.query_type() == RecordType::TXT {
                for text in texts {
                    let data = RData::TXT(TXT::new(vec![text]));
                    answer.add_answer(Record::from_rdata(query.name().clone(), 60, data));
                }
            }
        }
        if answer.answers.is_empty() {
            answer.metadata.response_code = ResponseCode::NXDomain;
        }
        answer.queries = asked.queries;
        socket
            .send_to(&answer.to_vec().unwrap(), sender)
            .await
            .unwrap();
    }
}
