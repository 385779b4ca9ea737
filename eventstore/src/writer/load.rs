//! Cold streams, loaded beside the writer: snapshot first, then what came after, in pages.

use domain::aggregate::State;
use domain::{DecodeError, Stream};
use tokio_postgres::{Client, Row, Statement};
use uuid::Uuid;

use super::fold;
use crate::snapshots::{Snapshot, fingerprint};

/// Events of one stream in one page: a long stream is read in several, so that no statement is long.
const PAGE_EVENTS_MAX: i64 = 1000;

/// Each stream's snapshot, if it stands on an event that is there, then the events after it or
/// after `after`. A stream asked for with an empty fingerprint is read without its snapshot.
pub(super) const LOAD: &str = "
    with asked as (
        select a.kind, a.id, a.print, a.after, a.place
        from unnest($1::text[], $2::uuid[], $3::text[], $4::bigint[]) with ordinality
            as a (kind, id, print, after, place)
    ), start as materialized (
        select a.place, p.sequence, p.event_id, p.state
        from asked a
        join es.snapshots p on p.stream_type = a.kind and p.stream_id = a.id
            and p.fingerprint = a.print
        join es.events e on e.stream_id = a.id and e.stream_type = a.kind
            and e.sequence = p.sequence and e.event_id = p.event_id
        where p.sequence > a.after
    )
    select s.place, s.sequence, s.event_id, null as event_type, 0 as event_version, s.state as body
    from start s
    union all
    select a.place, e.sequence, e.event_id, e.event_type, e.event_version, e.payload::text
    from asked a
    left join start s on s.place = a.place
    cross join lateral (
        select v.sequence, v.event_id, v.event_type, v.event_version, v.payload
        from es.events v
        where v.stream_id = a.id and v.stream_type = a.kind
            and v.sequence > coalesce(s.sequence, a.after)
        order by v.sequence limit $5) e
    order by place, sequence";

/// A stream as far as it has been folded.
#[derive(Debug)]
pub(super) struct Loading {
    pub(super) stream: Stream,
    pub(super) state: Box<dyn State>,
    pub(super) sequence: i64,
    /// Why it cannot be folded any further: poison for whoever needs the stream.
    pub(super) poison: Option<DecodeError>,
    /// Events folded here, and the last one's id.
    folded: i64,
    last_event: Uuid,
    page: i64,
    /// Whether its snapshots fit; and whether this page began after one that did not.
    snapshots: bool,
    disconnected: bool,
}

impl Loading {
    /// A stream of which nothing is known.
    pub(super) fn new(stream: Stream) -> Self {
        Self::from(stream, (stream.fold.fresh)(), 0)
    }

    /// A stream that was folded up to `sequence`.
    pub(super) fn from(stream: Stream, state: Box<dyn State>, sequence: i64) -> Self {
        Self {
            stream,
            state,
            sequence,
            poison: None,
            folded: 0,
            last_event: Uuid::nil(),
            page: 0,
            snapshots: true,
            disconnected: false,
        }
    }

    /// A snapshot, if loading without it was longer than `every` events.
    pub(super) fn snapshot(&self, every: i64) -> Option<Snapshot> {
        (self.poison.is_none() && self.folded >= every).then(|| Snapshot {
            stream: self.stream,
            sequence: self.sequence,
            event_id: self.last_event,
            state: self.state.snapshot(),
        })
    }

    fn begin_page(&mut self) {
        self.page = 0;
        self.disconnected = false;
    }

    fn wants_more(&self) -> bool {
        self.poison.is_none() && (self.page == PAGE_EVENTS_MAX || self.disconnected)
    }

    fn take(&mut self, row: &Row) -> Result<(), tokio_postgres::Error> {
        let sequence: i64 = row.try_get(1)?;
        let event_type: Option<&str> = row.try_get(3)?;
        let body: &str = row.try_get(5)?;
        let Some(event_type) = event_type else {
            match (self.stream.fold.restore)(body) {
                Some(state) => (self.state, self.sequence) = (state, sequence),
                None => (self.snapshots, self.disconnected) = (false, true),
            }
            return Ok(());
        };
        if self.poison.is_some() || self.disconnected {
            return Ok(());
        }
        match self.apply(sequence, event_type, row.try_get(4)?, body) {
            Ok(()) => self.last_event = row.try_get(2)?,
            Err(poison) => self.poison = Some(poison),
        }
        Ok(())
    }

    fn apply(
        &mut self,
        sequence: i64,
        event_type: &str,
        event_version: i32,
        payload: &str,
    ) -> Result<(), DecodeError> {
        if sequence != self.sequence + 1 {
            let reason = format!("sequence {sequence} follows {}", self.sequence);
            return Err(DecodeError { event_type: event_type.to_owned(), reason });
        }
        fold::apply(&mut *self.state, event_type, event_version, payload)?;
        self.sequence = sequence;
        self.folded += 1;
        self.page += 1;
        Ok(())
    }
}

/// Folds every stream up to its end; `statement` is [`LOAD`], prepared.
///
/// # Errors
/// The driver's. What does not decode is told stream by stream.
pub(super) async fn load(
    client: &Client,
    statement: &Statement,
    streams: Vec<Loading>,
) -> Result<Vec<Loading>, tokio_postgres::Error> {
    let mut done = Vec::with_capacity(streams.len());
    let mut open = streams;
    while !open.is_empty() {
        let kinds: Vec<&str> = open.iter().map(|l| l.stream.id.kind).collect();
        let ids: Vec<Uuid> = open.iter().map(|l| l.stream.id.id).collect();
        let prints: Vec<String> = open.iter().map(print).collect();
        let afters: Vec<i64> = open.iter().map(|l| l.sequence).collect();
        let page =
            client.query(statement, &[&kinds, &ids, &prints, &afters, &PAGE_EVENTS_MAX]).await?;
        open.iter_mut().for_each(Loading::begin_page);
        for row in &page {
            let place: i64 = row.try_get(0)?;
            if let Some(loading) = usize::try_from(place - 1).ok().and_then(|at| open.get_mut(at)) {
                loading.take(row)?;
            }
        }
        let (more, ended): (Vec<_>, Vec<_>) = open.into_iter().partition(Loading::wants_more);
        done.extend(ended);
        open = more;
    }
    Ok(done)
}

fn print(loading: &Loading) -> String {
    if loading.snapshots { fingerprint(&loading.stream) } else { String::new() }
}
