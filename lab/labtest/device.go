package labtest

import (
	"fmt"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// DataDevice is a storage node's data disk, without which Puppet cannot work there.
const DataDevice = "/dev/xvdj"

// Container names the container that is a node, also before there is one.
func (l *Lab) Container(deployment, node string) string {
	return fmt.Sprintf("aiolos-%s-%s-%s", l.Name, deployment, node)
}

// TakeDevice takes a device of a node away as soon as there is one, and returns
// what puts it back.
func (l *Lab) TakeDevice(t testing.TB, deployment, node, path string) (mend func()) {
	t.Helper()
	device := make(chan string, 1)
	go func() {
		for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
			out, err := exec.Command("docker", "exec", l.Container(deployment, node), "sh", "-c", "stat -c '%t %T' "+path+" && rm "+path).Output()
			if err == nil {
				device <- strings.TrimSpace(string(out))
				return
			}
		}
		device <- ""
	}()
	return func() {
		t.Helper()
		numbers := <-device
		require.NotEmpty(t, numbers, "the device was never there")
		major, minor, _ := strings.Cut(numbers, " ")
		On(t, l.Container(deployment, node), fmt.Sprintf("mknod %s b 0x%s 0x%s", path, major, minor))
	}
}
