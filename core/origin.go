package core

// origin is the heap or pool that a box was made in: the first field of a [Heap]
// and of every [Pool], through which a box of four words finds either.
type origin struct {
	lane  *Lane
	index uint64 // among the lane's origins; 0 is the heap
}
