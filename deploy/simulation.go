package deploy

// ProviderSimulation is the name of the provider whose machines are simulated:
// nothing that a deployment on it tells has happened anywhere.
const ProviderSimulation = "simulation"

// SimulationNote is what is said wherever something of such a deployment is shown.
const SimulationNote = "simulation: there are no machines, and nothing was done anywhere"
