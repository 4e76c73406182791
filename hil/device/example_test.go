package device_test

import (
	"context"
	"fmt"

	"github.com/memkit-go/memkit/hil/device"
)

// Any program that does it will do: this bench only says what it would do.
func Example() {
	d, err := device.New(device.Config{
		Name:  "motor",
		Power: device.Switch{On: []string{"echo", "on"}, Off: []string{"echo", "off"}},
		Flash: []string{"test", "-f", device.Image},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx := context.Background()
	fmt.Println("power:", d.Power(ctx, true))
	fmt.Println("flash:", d.Flash(ctx, "no-such-file.elf"))
	// Output:
	// power: <nil>
	// flash: device: motor: flash: test -f no-such-file.elf: exit status 1
}
