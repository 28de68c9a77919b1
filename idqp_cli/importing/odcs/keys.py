"""The keys of each level of a data contract: of ODCS 2 and 3, and of the Data Contract Specification."""

from __future__ import annotations

from idqp_cli.importing.jsonschema.keywords import CONDITIONS, SAYS_NOTHING

CONTRACT = frozenset({
    "apiVersion", "kind", "id", "version", "status", "name", "tenant", "domain", "dataProduct", "description", "tags",
    "authoritativeDefinitions", "customProperties", "contractCreatedTs", "servers", "schema", "support", "price",
    "team", "roles", "slaDefaultElement", "slaProperties", "quality", "dataset", "stakeholders", "owner",
    "dataContractSpecification", "info", "terms", "models", "schemas", "definitions", "servicelevels", "links",
    "examples", "uuid", "type", "datasetName", "datasetDomain", "datasetKind", "datasetProject", "sourcePlatform",
    "sourceSystem", "project", "server", "driver", "driverVersion", "database", "username", "password",
    "userConsumptionMode", "quantumName", "productDl", "productSlackChannel", "productFeedbackUrl",
    "schedulerAppName", "systemInstance", "templateName", "title", "expirationDate", "lineage", "metadata", "usage",
    "purpose", "limitations",
})  # fmt: skip
TABLE = frozenset({
    "id", "name", "physicalName", "physicalType", "description", "businessName", "authoritativeDefinitions", "tags",
    "customProperties", "logicalType", "properties", "quality", "relationships", "dataGranularityDescription",
    "table", "columns", "fields", "primaryKey", "type", "title", "namespace", "config", "examples", "priorTableName",
    "dataGranularity", "additionalFields", "checks", "$ref", "owner", "classification", "partitionKey",
})  # fmt: skip
PROPERTY = CONDITIONS | SAYS_NOTHING | {
    "id", "name", "physicalName", "column", "columns", "fields", "items", "businessName", "logicalType",
    "physicalType", "logicalTypeOptions", "primaryKey", "primaryKeyPosition", "primary", "primary_key",
    "isPrimaryKey", "required", "nullable", "isNullable", "unique", "isUnique", "partitioned", "partitionKeyPosition",
    "partitionStatus", "isPartition", "clusterStatus", "clusterKeyPosition", "classification", "encryptedName",
    "encryptedColumnName", "transformSourceObjects", "transformSourceTables", "transformLogic",
    "transformDescription", "sampleValues", "criticalDataElement", "criticalDataElementStatus",
    "isCriticalDataElement", "tags", "customProperties", "authoritativeDefinitions", "quality", "relationships",
    "references", "pii", "lineage", "config", "precision", "scale", "minValue", "maxValue", "validValues",
    "allowedValues", "keys", "values", "businessDescription", "links", "timezone", "defaultTimezone", "columnName",
    "exclusiveMinimum", "exclusiveMaximum",
}  # fmt: skip
CHECK = frozenset({
    "id", "name", "type", "description", "dimension", "tags", "severity", "businessImpact", "method", "metric",
    "rule", "code", "unit", "engine", "implementation", "query", "dialect", "arguments", "rules", "properties",
    "column", "columns", "field", "fields", "validValues", "invalidValues", "missingValues", "pattern", "values",
    "accepted_values",
    "regex", "min", "max", "minimum", "maximum", "schedule", "scheduler", "scheduleCronExpression", "templateName",
    "toolName", "toolRuleName", "businessRule", "spec", "expected", "authoritativeDefinitions", "customProperties",
    "weight", "note", "notes",
})  # fmt: skip
LEVEL = frozenset({
    "id", "property", "value", "valueExt", "unit", "unity", "element", "driver", "description", "scheduler",
    "schedule", "column", "customProperties", "authoritativeDefinitions",
})  # fmt: skip
