//! Words: events told in depth, the table of all facts, and causes.

words! {}

pub(super) const EN: Words = Words {};

pub(super) const ZH_HANT: Words = Words {};

pub(super) const ZH_HANS: Words = Words {};
