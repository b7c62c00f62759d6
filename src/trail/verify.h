// Judges the rows of trails, for who checks a store (object::VerifyArgs::judge_trails): is each one
// that a trail has, in its place and of a trail that is there; and do they agree with each other?
#pragma once
#include "control/trail.h"
#include "meta/store.h"
#include "object/verify.h"

namespace muzn::trail {

// `trails`: what acts say; nullptr: that is not known. A trail that was deleted, or made anew,
// while its rows were not dropped yet is a warning. Not judged: whether signing keys open. Blocks;
// only reads.
object::OtherRows verify_rows(meta::Store& rows, const control::Trails* trails);

}  // namespace muzn::trail
