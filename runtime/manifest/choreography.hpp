// All manifests read as one choreography: what no single file can be wrong about. Used by `gofuture check`; a runtime that has only
// some of the functions does not ask it.
//
//   check_choreography(manifests, "manifests", diagnosis);
//
// - Every emitted type is consumed by a function or final; every consumed one is emitted by a function or has a source.
// - Whoever emits what has answers waits for them with a deadline; what the deadline emits is a failure or one of the answers.
// - After each failure everything that can be undone is: some function takes the failure and emits what undoes it.
// - Functions that lead to each other in a loop say how far it may go: one of them has its own `hops`.
// - All types of a function keep its state by the same member of their data, which their schemas have.
#pragma once

#include <string>

#include "manifest/load.hpp"

namespace gofuture {

void check_choreography(const Manifests& manifests, const std::string& folder, Diagnosis& diagnosis);

}  // namespace gofuture
