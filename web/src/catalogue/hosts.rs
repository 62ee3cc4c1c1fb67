//! Words: the tables of a host.

words! {}

pub(super) const EN: Words = Words {};

pub(super) const ZH_HANT: Words = Words {};

pub(super) const ZH_HANS: Words = Words {};
