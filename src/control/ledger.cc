#include "control/ledger.h"

namespace muzn::control {

Task<Result<void>> LedgerView::refresh() {
  auto text = co_await ledger_.log.read("checkpoint");
  // Nothing is published yet: then nothing is proven.
  if (!text && text.error().code == Code::kNotFound) co_return Result<void>{};
  CO_TRY_VOID(text);
  if (*text == text_) co_return Result<void>{};
  CO_TRY(const merkle::Judgement judged, merkle::judge_checkpoint(*text, ledger_.policy));
  if (judged.checkpoint.size < now_.size) {
    co_return fail(Code::kCorrupt, "log: its published checkpoint went back");
  }
  now_ = judged.checkpoint;
  text_ = *std::move(text);
  co_return Result<void>{};
}

Task<Result<void>> LedgerView::prove(LeafPlace place, const merkle::Hash& leaf) const {
  tlog::Log* const log = ledger_.log_of(place);
  CHECK(log != nullptr);
  const tlog::Figures end = log->figures();
  const bool is_past = log != &ledger_.log;
  const std::uint64_t size = is_past ? end.size : now_.size;
  const merkle::Hash root = is_past ? end.root : now_.root;
  CO_TRY(const merkle::Proof proof, co_await log->prove_inclusion(place.index, size));
  if (merkle::verify_inclusion(place.index, size, leaf, proof, root)) co_return Result<void>{};
  co_return fail(Code::kCorrupt, "log: its leaf " + std::to_string(place.index) +
                                     " is not under the checkpoint that it published");
}

}  // namespace muzn::control
