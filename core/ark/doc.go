// Package ark puts core's memory into worlds of github.com/mlange-42/ark: the
// lane as a resource ([Install]), a frame around each update ([Systems]), and
// components whose values lie in a pool ([Allocated], kept by a [Store]).
//
// Ark has no scheduler and does not report removed entities. So Systems is a plain
// list of functions, and an entity with an Allocated component must be removed with
// [Store.Despawn], which closes its box first. [core.Allocator.Close] names the
// boxes of entities that were removed in another way.
//
// A world and its lane belong to one goroutine.
package ark
