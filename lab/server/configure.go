package server

import (
	"time"

	"go.temporal.io/server/common/cluster"
	"go.temporal.io/server/common/config"
	"go.temporal.io/server/common/dynamicconfig"
	"go.temporal.io/server/common/membership/static"
	sqliteplugin "go.temporal.io/server/common/persistence/sql/sqlplugin/sqlite"
	"go.temporal.io/server/common/primitives"
)

// clusterName is the name that a server without replication goes by.
const clusterName = "active"

// services are Temporal's own, the frontend first.
var services = []primitives.ServiceName{
	primitives.FrontendService, primitives.HistoryService, primitives.MatchingService, primitives.WorkerService,
}

// internalPorts is how many ports are needed that nobody outside has to know:
// one for each service but the frontend.
const internalPorts = 3

// tuning differs from Temporal's defaults where a single small server gains.
var tuning = dynamicconfig.StaticClient{
	// Partitions spread load over servers; with one, tasks are matched sooner.
	dynamicconfig.MatchingNumTaskqueueReadPartitions.Key():  1,
	dynamicconfig.MatchingNumTaskqueueWritePartitions.Key(): 1,
	// A search attribute can be used as soon as it was added.
	dynamicconfig.ForceSearchAttributesCacheRefreshOnRead.Key(): true,
}

// configure returns the server's configuration. The ports are those of the
// services behind the frontend.
func configure(o Options, ports []int) *config.Config {
	frontend := address(o.GRPCPort)
	sql := database(o.Database)
	// A write-ahead log is several times as fast as the default journal, and as
	// safe against a killed process.
	sql.ConnectAttributes["journal_mode"] = "wal"
	sql.ConnectAttributes["synchronous"] = "normal"
	cfg := &config.Config{
		Global: config.Global{Membership: config.Membership{MaxJoinDuration: 30 * time.Second, BroadcastAddress: Host}},
		Persistence: config.Persistence{
			DefaultStore: sqliteplugin.PluginName, VisibilityStore: sqliteplugin.PluginName,
			NumHistoryShards: 1,
			DataStores:       map[string]config.DataStore{sqliteplugin.PluginName: {SQL: sql}},
		},
		ClusterMetadata: &cluster.Config{
			FailoverVersionIncrement: 10, MasterClusterName: clusterName, CurrentClusterName: clusterName,
			ClusterInformation: map[string]cluster.ClusterInformation{clusterName: {
				Enabled: true, InitialFailoverVersion: 1, RPCAddress: frontend, HTTPAddress: address(o.HTTPPort),
			}},
		},
		DCRedirectionPolicy: config.DCRedirectionPolicy{Policy: "noop"},
		Services:            map[string]config.Service{},
		Archival: config.Archival{
			History:    config.HistoryArchival{State: config.ArchivalDisabled},
			Visibility: config.VisibilityArchival{State: config.ArchivalDisabled},
		},
		NamespaceDefaults: config.NamespaceDefaults{Archival: config.ArchivalNamespaceDefaults{
			History:    config.HistoryArchivalNamespaceDefaults{State: config.ArchivalDisabled},
			Visibility: config.VisibilityArchivalNamespaceDefaults{State: config.ArchivalDisabled},
		}},
		PublicClient: config.PublicClient{HostPort: frontend},
	}
	for i, name := range services {
		rpc := config.RPC{BindOnIP: Host}
		if i == 0 {
			rpc.GRPCPort, rpc.HTTPPort = o.GRPCPort, o.HTTPPort
		} else {
			rpc.GRPCPort = ports[i-1]
		}
		cfg.Services[string(name)] = config.Service{RPC: rpc}
	}
	return cfg
}

// hosts names the one host of every service, so that none has to be looked for.
func hosts(cfg *config.Config) map[primitives.ServiceName]static.Hosts {
	hosts := map[primitives.ServiceName]static.Hosts{}
	for _, name := range services {
		hosts[name] = static.SingleLocalHost(address(cfg.Services[string(name)].RPC.GRPCPort))
	}
	return hosts
}

// database returns how the SQLite file of that path is opened.
func database(path string) *config.SQL {
	return &config.SQL{
		PluginName:        sqliteplugin.PluginName,
		DatabaseName:      escaped(path),
		ConnectAttributes: map[string]string{"mode": "rwc"},
		// More than one connection gets "database is locked".
		MaxConns: 1, MaxIdleConns: 1,
	}
}
