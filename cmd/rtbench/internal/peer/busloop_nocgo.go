//go:build !cgo || !linux

package peer

// Run needs cgo.
func (BusLoop) Run() (BusReport, error) { return BusReport{}, errNoC }

// BusEcho needs cgo.
type BusEcho struct{}

// StartBusEcho needs cgo.
func StartBusEcho(BusKind, int, int, int) (*BusEcho, error) { return nil, errNoC }

// Stop has nothing to end.
func (*BusEcho) Stop() {}

// PIDBatches needs cgo.
func PIDBatches(int, int) ([]int64, error) { return nil, errNoC }
