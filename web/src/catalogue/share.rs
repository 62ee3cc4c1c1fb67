//! Words: In and out of the page: captures, exports, links.

words! {}

pub(super) const EN: Words = Words {};

pub(super) const ZH_HANT: Words = Words {};

pub(super) const ZH_HANS: Words = Words {};
