//! Words: What is looked at of TCP: which connection, which of its variables.

words! {}

pub(super) const EN: Words = Words {};

pub(super) const ZH_HANT: Words = Words {};

pub(super) const ZH_HANS: Words = Words {};
