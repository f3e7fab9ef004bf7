package main

import (
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"aiolos/activities"
	"aiolos/workflows"
)

// register has a worker host every workflow, every activity, and the Nexus service.
func register(w worker.Registry, deeds *activities.Deeds) error {
	for name, run := range map[string]any{
		workflows.DeployType: workflows.Deploy, workflows.DeployNamedType: workflows.DeployNamed, workflows.DestroyType: workflows.Destroy,
		workflows.PlanType: workflows.Plan, workflows.SealingKeyType: workflows.SealingKey, workflows.DoctorType: workflows.Doctor,
		workflows.BelongingsType: workflows.Belongings, workflows.NotifyType: workflows.Notify,
		workflows.LogsType: workflows.Logs, workflows.SliceType: workflows.Slice,
	} {
		w.RegisterWorkflowWithOptions(run, workflow.RegisterOptions{Name: name})
	}
	service, err := nexusService()
	if err != nil {
		return err
	}
	w.RegisterNexusService(service)
	activities.Register(w, deeds)
	return nil
}
