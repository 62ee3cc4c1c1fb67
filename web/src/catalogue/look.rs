//! Words: How the network is looked at: the layers that are shown, and their names.

words! {}

pub(super) const EN: Words = Words {};

pub(super) const ZH_HANT: Words = Words {};

pub(super) const ZH_HANS: Words = Words {};
