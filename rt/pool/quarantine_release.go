//go:build !rtdebug

package pool

func (s *Shared[T]) detain(uint32)    {}
func (s *Shared[T]) relieve() bool    { return false }
func (s *Shared[T]) emptyQuarantine() {}
