package core

// home is where boxes come from: the first field of a [Heap] and of every
// [Pool], which is how a box of four words finds either.
type home struct {
	lane  *Lane
	index uint64 // among the lane's homes; 0 is the heap
}
