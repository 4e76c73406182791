package core

// allowance is a sum of bytes together with how many more may be added before a
// budget must be consulted: the sum is granted − room. So one subtraction both
// books a request and finds out whether a budget has to decide.
type allowance struct{ granted, room int }

// unlimited is the room where no budget sets a limit.
const unlimited = 1 << 60

func (a *allowance) used() int { return a.granted - a.room }

// setRoom changes the room and leaves the sum as it is.
func (a *allowance) setRoom(room int) {
	a.granted += room - a.room
	a.room = room
}
