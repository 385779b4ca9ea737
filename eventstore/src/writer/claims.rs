//! What a batch does to claims, as net changes: a value may change hands several times in it.

use std::collections::HashMap;
use std::sync::Mutex;

use domain::StreamId;
use domain::work::ClaimChange;

/// A claim as the batch expects to find it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Expected {
    /// Nobody holds it.
    Free,
    /// This stream holds it.
    HeldBy(StreamId),
    /// Nobody holds it, or this stream already does.
    FreeOr(StreamId),
}

/// One claim before and after the batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Net {
    pub(super) expected: Expected,
    pub(super) holder: Option<StreamId>,
}

type Claim = (&'static str, String);

/// Every claim the batch touches, or has learnt of from an append that found it otherwise.
#[derive(Debug, Clone, Default)]
pub(super) struct Claims(HashMap<&'static str, HashMap<String, Net>>);

/// Changes of one unit that fit; nothing is changed before all of them do.
#[derive(Debug)]
pub(super) struct Staged(Vec<(Claim, Net)>);

impl Claims {
    /// Who holds a claim, as far as is known.
    pub(super) fn holder(&self, scope: &str, value: &str) -> Option<Option<StreamId>> {
        self.get(scope, value).map(|net| net.holder)
    }

    fn get(&self, scope: &str, value: &str) -> Option<Net> {
        self.0.get(scope)?.get(value).copied()
    }

    fn set(&mut self, (scope, value): Claim, net: Net) {
        self.0.entry(scope).or_default().insert(value, net);
    }

    /// Works out what a unit's changes come to.
    ///
    /// # Errors
    /// Why not: it takes what another holds, or gives back what is not its own.
    pub(super) fn stage(&self, changes: Vec<ClaimChange>) -> Result<Staged, String> {
        let mut staged: Vec<(Claim, Net)> = Vec::with_capacity(changes.len());
        for change in changes {
            let (claim, owner, takes) = match change {
                ClaimChange::Take { scope, value, owner, .. } => ((scope, value), owner, true),
                ClaimChange::Release { scope, value, owner } => ((scope, value), owner, false),
            };
            let place = staged.iter().position(|(staged, _)| *staged == claim);
            let known = place.map(|at| staged[at].1).or_else(|| self.get(claim.0, &claim.1));
            let expected = match (known, takes) {
                (Some(Net { expected, holder: None }), true) => expected,
                (Some(Net { expected, holder: Some(holder) }), _) if holder == owner => expected,
                (None, true) => Expected::FreeOr(owner),
                (None, false) => Expected::HeldBy(owner),
                (Some(Net { holder, .. }), _) => {
                    let (scope, value) = claim;
                    return Err(format!("{owner} changes {scope} {value:?} of {holder:?}"));
                }
            };
            let net = Net { expected, holder: takes.then_some(owner) };
            match place {
                Some(at) => staged[at].1 = net,
                None => staged.push((claim, net)),
            }
        }
        Ok(Staged(staged))
    }

    /// Makes a unit's changes part of the batch.
    pub(super) fn merge(&mut self, staged: Staged) {
        for (claim, net) in staged.0 {
            self.set(claim, net);
        }
    }

    /// What an append found: the next round starts from it, and checks that it is still so.
    pub(super) fn learn(&mut self, scope: &'static str, value: String, holder: Option<StreamId>) {
        let expected = holder.map_or(Expected::Free, Expected::HeldBy);
        self.set((scope, value), Net { expected, holder });
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&'static str, &str, Net)> {
        let scopes = self.0.iter();
        scopes.flat_map(|(scope, values)| {
            values.iter().map(|(value, net)| (*scope, value.as_str(), *net))
        })
    }
}

/// The aggregate kind that a stored text names. There are as many as aggregates, so what is kept
/// for ever is bounded by the program's size.
pub(super) fn kind(text: &str) -> &'static str {
    static KINDS: Mutex<Vec<&'static str>> = Mutex::new(Vec::new());
    let mut kinds = KINDS.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    if let Some(kind) = kinds.iter().find(|kind| **kind == text) {
        return kind;
    }
    let kind: &'static str = Box::leak(text.to_owned().into_boxed_str());
    kinds.push(kind);
    kind
}
