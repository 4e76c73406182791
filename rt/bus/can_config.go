package bus

import "fmt"

// CANConfig describes a port over a CAN interface.
type CANConfig struct {
	// Interface is its name, such as can0. It has no default. Its bit rate is set by
	// ip link, not by this program.
	Interface string
	// FD lets frames of up to 64 bytes pass. The interface must have it too.
	FD bool
	// BitRateSwitch sends the data of FD frames at the second bit rate.
	BitRateSwitch bool
	// Send is the identifier of the frames that Send sends.
	Send CANID
	// Filters says which frames arrive. Without filters all do.
	Filters []CANFilter
}

// filters returns the kernel's filters: pairs of identifier and mask.
func (c CANConfig) filters() ([][2]uint32, error) {
	var list [][2]uint32
	for i, f := range c.Filters {
		most := uint32(canBaseMask)
		if f.ID.Extended {
			most = canMask
		}
		if f.ID.Value > most || f.Mask > most {
			return nil, fmt.Errorf("bus: CANConfig.Filters[%d] is %v with mask %X; set at most %X, or Extended", i, f.ID, f.Mask, most)
		}
		if f.Mask == 0 {
			f.Mask = most
		}
		id := f.ID.Value
		if f.ID.Extended {
			id |= canExtended
		}
		// The format bit and the error bit must match too; requests pass.
		list = append(list, [2]uint32{id, f.Mask | canExtended | canError})
	}
	return list, nil
}

func (c CANConfig) validate() error {
	most := uint32(canBaseMask)
	if c.Send.Extended {
		most = canMask
	}
	switch {
	case c.Interface == "" || len(c.Interface) > 15:
		return fmt.Errorf("bus: CANConfig.Interface is %q; set an interface's name, such as can0", c.Interface)
	case c.Send.Value > most:
		return fmt.Errorf("bus: CANConfig.Send is %v; set at most %X, or Extended", c.Send, most)
	case c.BitRateSwitch && !c.FD:
		return fmt.Errorf("bus: CANConfig.BitRateSwitch is set without FD; set FD too")
	case len(c.Filters) > 512:
		return fmt.Errorf("bus: CANConfig.Filters has %d entries; set at most 512", len(c.Filters))
	}
	_, err := c.filters()
	return err
}
