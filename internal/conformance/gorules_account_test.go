package conformance

var accountRefusals = map[string]refusal{}

var accountMaintenances = map[string]maintenance{}
