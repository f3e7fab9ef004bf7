package hosts

import (
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"aiolos/deploy"
)

func TestReadInventory(t *testing.T) {
	text, err := os.ReadFile("testdata/inventory.yaml")
	require.NoError(t, err)
	got, err := ReadInventory(text)
	require.NoError(t, err)
	require.Len(t, got.Machines, 3)
	require.Equal(t, Machine{
		Host: Host{
			Name: "rack1-a", Address: "192.0.2.11", Port: 2222, User: "deploy",
			HostKeys: []string{"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIqI4910CfGV/VLbLTy6XXLKZwm/HZQSG/N0iAG0D29c rack1-a"},
			Login:    &Login{Agent: "/run/aiolos/agent", AgentKeys: []string{"SHA256:fe85JkIjo8VPe+XqXJGH5Mau1EMFdK1OdKvJUFicyA8"}}, Algorithms: "strict",
		},
		Hostname: "rack1-a.storage.example", Sudo: &Sudo{PasswordFile: "/etc/aiolos/sudo-password"},
		Labels: map[string]string{"rack": "1", "kind": "storage"}, Disks: []Disk{{Device: "/dev/sdb", SizeGB: 4000}}, Bastions: []string{"outer", "inner"},
	}, got.Machines[0])
	require.True(t, got.Machines[2].OutOfService)
	require.Equal(t, &Sudo{}, got.Machines[1].Sudo)
	require.Equal(t, "1", got.Profiles["storage"].Labels["rack"])
	require.Equal(t, []string{"*"}, got.Images)
	// What is written reads back.
	again, err := yaml.Marshal(got)
	require.NoError(t, err)
	back, err := ReadInventory(again)
	require.NoError(t, err)
	require.Equal(t, got, back)
}

const least = `known_hosts: [/k]
machines:
- name: m0
profiles: {any: {}}
`

func TestInventoriesThatCannotBe(t *testing.T) {
	_, err := ReadInventory([]byte(least))
	require.NoError(t, err)
	with := func(line string) string { return strings.Replace(least, "- name: m0\n", "- name: m0\n  "+line+"\n", 1) }
	for text, says := range map[string]string{
		"":                            `the inventory: found "nothing"; allowed: a YAML document with machines and profiles`,
		"a: [":                        "allowed: one YAML document",
		least + "---\nx: 1":           "allowed: one YAML document",
		"[]":                          `the inventory (line 1, column 1): found "a list"; allowed: the fields algorithms, known_hosts`,
		least + "machine: 1":          `machine (line 5, column 1): found "unknown field"; allowed: the fields`,
		with("name: m1"):              `machines[0].name (line 4, column 3): found "name"; allowed: each name once`,
		with("port: ssh"):             `machines[0].port (line 4, column 9): found "ssh"; allowed: a whole number`,
		with("port: 65536"):           `machines[0].port (line 4, column 9): found "65536"; allowed: 1 to 65535`,
		with("out_of_service: maybe"): `machines[0].out_of_service (line 4, column 19): found "maybe"; allowed: true or false`,
		with("labels: [a]"):           `allowed: a mapping of names`,
		with("labels: {a: [b]}"):      `machines[0].labels.a (line 4, column 15): found "a list"; allowed: a text`,
		with("labels: {'ä': b}"):      `allowed: 1 to 63 letters`,
		with("bastions: [gw]"):        `machines[0].bastions[0] (line 4, column 14): found "gw"; allowed: the name of a bastion, once: there is none`,
		with("user: deploy"):          `machines[0].sudo (line 3, column 3): not set; allowed: a mapping, possibly empty ({}), as user deploy is not root`,
		with("user: 'a b'"):           `allowed: 1 to 64 letters`,
		with("address: 'a:b c'"):      `allowed: an IP address or a host name`,
		with("host_keys: [nonsense]"): `machines[0].host_keys[0] (line 4, column 15): found "nonsense"; allowed: a line of /etc/ssh/ssh_host_*_key.pub`,
		with("known_hosts: [k]"):      `allowed: an absolute path`,
		with("known_hosts: /k"):       `allowed: a list`,
		with("algorithms: weak"):      `machines[0].algorithms (line 4, column 15): found "weak"; allowed: standard or strict`,
		with("login: {}"):             `allowed: one of them or both`,
		with("login: {key_file: k}"):  `machines[0].login.key_file (line 4, column 21): found "k"; allowed: an absolute path`,
		with("login: {agent: /a, passphrase_file: /p, agent_keys: [x]}"): `machines[0].login.passphrase_file`,
		with("disks: [{device: sdb, size_gb: 0}]"):                       `machines[0].disks[0].size_gb (line 4, column 34): found "0"; allowed: 1 to`,
		with("<<: &x {}"):                          `unknown field`,
		with("labels: &l {}") + "login: *l":        `no aliases`,
		strings.Replace(least, "known", "# ", 1):   `machines[0].host_keys (line 3, column 3): not set; allowed: at least one key, or known_hosts here or for all`,
		strings.Replace(least, "{any: {}}", "", 1): `profiles (line 4, column 10): not set; allowed: at least one profile`,
		"known_hosts: [/k]\nprofiles: {a: {}}":     `machines: not set; allowed: at least one machine`,
		least + "images: ['a b']":                  `images[0] (line 5, column 10): found "a b"; allowed: * or`,
		strings.Replace(least, "any", "'a b'", 1):  `profiles.a b`,
	} {
		_, err := ReadInventory([]byte(text))
		var e *deploy.InvalidError
		require.ErrorAs(t, err, &e, text)
		require.Contains(t, err.Error(), says, text)
	}
}

// FuzzReadInventory wants that what is read is right, and reads back.
func FuzzReadInventory(f *testing.F) {
	text, err := os.ReadFile("testdata/inventory.yaml")
	require.NoError(f, err)
	f.Add(string(text))
	f.Add(least)
	f.Add("machines: [{<<: {}}]\n")
	f.Add("? [a]\n: b\n")
	f.Fuzz(func(t *testing.T, text string) {
		got, err := ReadInventory([]byte(text))
		if err != nil {
			var e *deploy.InvalidError
			require.True(t, errors.As(err, &e))
			require.NotEmpty(t, e.Error())
			return
		}
		require.NoError(t, got.Check())
		again, err := yaml.Marshal(got)
		require.NoError(t, err)
		_, err = ReadInventory(again)
		require.NoError(t, err)
	})
}
