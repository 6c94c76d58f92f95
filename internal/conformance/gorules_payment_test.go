package conformance

var paymentRefusals = map[string]refusal{}

var paymentMaintenances = map[string]maintenance{}
