//! What IGMPv3 and MLDv2 have in common (see [`crate::wire::membership`]), under the names of each.
//!
//! Absent on purpose: what only one of them has.

use crate::wire::membership::Address;
use crate::wire::u16_at;

use super::FieldName;
use super::reader::Fields;

/// The names that a protocol has for these fields.
pub(super) struct Names {
    pub(super) reserved: FieldName,
    pub(super) suppress: FieldName,
    pub(super) robustness: FieldName,
    pub(super) interval: FieldName,
    pub(super) sources: FieldName,
    pub(super) source: FieldName,
    pub(super) records: FieldName,
    pub(super) record_type: FieldName,
    pub(super) aux_length: FieldName,
    pub(super) record_sources: FieldName,
    pub(super) record_group: FieldName,
    pub(super) record_source: FieldName,
    pub(super) aux: FieldName,
}

/// The end of a query.
pub(super) fn querier<A: Address>(fields: &mut Fields<'_>, names: &Names) {
    if fields.rest().len() < 4 {
        return fields.malformed();
    }
    fields.hex(names.reserved, 4);
    fields.number(names.suppress, 1);
    fields.number(names.robustness, 3);
    fields.number(names.interval, 8);
    let sources = fields.number(names.sources, 16);
    addresses::<A>(fields, names.source, sources as usize);
}

/// The records of a report, from their number on.
pub(super) fn records<A: Address>(fields: &mut Fields<'_>, names: &Names) {
    if fields.rest().len() < 2 {
        return fields.malformed();
    }
    // A number that lies ends with the bytes: each record takes some.
    for _ in 0..fields.number(names.records, 16) {
        let rest = fields.rest();
        let enough = rest.len() >= 4 + A::LEN && {
            let words = usize::from(rest[1]) * 4;
            rest.len() >= 4 + A::LEN * (1 + usize::from(u16_at(rest, 2))) + words
        };
        if !enough {
            return fields.malformed();
        }
        fields.number(names.record_type, 8);
        fields.scaled(names.aux_length, 8, 4);
        let sources = fields.number(names.record_sources, 16);
        addresses::<A>(fields, names.record_group, 1);
        addresses::<A>(fields, names.record_source, sources as usize);
        fields.bytes(names.aux, usize::from(rest[1]) * 4);
    }
}

fn addresses<A: Address>(fields: &mut Fields<'_>, name: FieldName, number: usize) {
    for _ in 0..number {
        if fields.rest().len() < A::LEN {
            return fields.malformed();
        }
        fields.value(name, A::LEN, A::read(fields.peek(A::LEN), 0));
    }
}
