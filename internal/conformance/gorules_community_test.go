package conformance

var communityRefusals = map[string]refusal{}

var communityMaintenances = map[string]maintenance{}
