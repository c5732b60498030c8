// SPDX-License-Identifier: Apache-2.0

/// What the server answers, as an OpenAPI document (version 3.0.3); `docs/openapi.json` is the same text.
enum OpenAPIDocument {
  static let text = #"""
    {
      "openapi": "3.0.3",
      "info": {
        "title": "Belfry",
        "version": "1",
        "description": "What `belfry run` answers on HTTP. A 2xx to a push means that it is durable.",
        "license": {"name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"}
      },
      "paths": {
        "/v1/alerts": {
          "post": {
            "operationId": "push",
            "summary": "Takes alerts in Belfry's own shape.",
            "description": "Scope: push.",
            "security": [{"token": []}, {}],
            "requestBody": {
              "required": true,
              "content": {
                "application/json": {
                  "schema": {
                    "oneOf": [
                      {"type": "array", "items": {"$ref": "#/components/schemas/OwnAlert"}},
                      {
                        "type": "object",
                        "properties": {
                          "alerts": {"type": "array", "items": {"$ref": "#/components/schemas/OwnAlert"}}
                        },
                        "required": ["alerts"]
                      }
                    ]
                  }
                }
              }
            },
            "responses": {
              "200": {"$ref": "#/components/responses/Response200"},
              "400": {"$ref": "#/components/responses/BadRequest"},
              "401": {"$ref": "#/components/responses/Unauthorized"},
              "403": {"$ref": "#/components/responses/Forbidden"},
              "413": {"$ref": "#/components/responses/TooLarge"},
              "429": {"$ref": "#/components/responses/TooMany"},
              "503": {"$ref": "#/components/responses/Unavailable"}
            }
          }
        },
        "/v1/webhook": {
          "post": {
            "operationId": "webhook",
            "summary": "Takes what Alertmanager and Grafana send to a webhook.",
            "description": "Scope: push.",
            "security": [{"token": []}, {}],
            "requestBody": {
              "required": true,
              "content": {
                "application/json": {
                  "schema": {
                    "type": "object",
                    "properties": {
                      "alerts": {"type": "array", "items": {"$ref": "#/components/schemas/WebhookAlert"}}
                    },
                    "required": ["alerts"]
                  }
                }
              }
            },
            "responses": {
              "200": {"$ref": "#/components/responses/Response200"},
              "400": {"$ref": "#/components/responses/BadRequest"},
              "401": {"$ref": "#/components/responses/Unauthorized"},
              "403": {"$ref": "#/components/responses/Forbidden"},
              "413": {"$ref": "#/components/responses/TooLarge"},
              "429": {"$ref": "#/components/responses/TooMany"},
              "503": {"$ref": "#/components/responses/Unavailable"}
            }
          }
        },
        "/api/v2/alerts": {
          "get": {
            "operationId": "getAlerts",
            "summary": "Lists the active alerts.",
            "description": "Scope: read.",
            "security": [{"token": []}, {}],
            "parameters": [
              {
                "name": "filter",
                "in": "query",
                "description": "A matcher such as severity=\"critical\"; all must match.",
                "schema": {"type": "array", "items": {"type": "string"}}
              },
              {
                "name": "receiver",
                "in": "query",
                "description": "A regular expression for the channel.",
                "schema": {"type": "string"}
              },
              {
                "name": "active",
                "in": "query",
                "description": "Whether alerts that nothing mutes are listed.",
                "schema": {"type": "boolean"}
              },
              {
                "name": "silenced",
                "in": "query",
                "description": "Whether silenced ones are.",
                "schema": {"type": "boolean"}
              },
              {
                "name": "inhibited",
                "in": "query",
                "description": "Whether inhibited ones are.",
                "schema": {"type": "boolean"}
              }
            ],
            "responses": {
              "200": {
                "description": "The alerts.",
                "content": {
                  "application/json": {
                    "schema": {"type": "array", "items": {"$ref": "#/components/schemas/ShownAlert"}}
                  }
                }
              },
              "400": {"$ref": "#/components/responses/BadRequest2"},
              "401": {"$ref": "#/components/responses/Unauthorized2"},
              "403": {"$ref": "#/components/responses/Forbidden2"},
              "429": {"$ref": "#/components/responses/TooMany2"},
              "503": {"$ref": "#/components/responses/Unavailable2"}
            }
          },
          "post": {
            "operationId": "postAlerts",
            "summary": "Takes alerts as Alertmanager does.",
            "description": "Scope: push.",
            "security": [{"token": []}, {}],
            "requestBody": {
              "required": true,
              "content": {
                "application/json": {
                  "schema": {"type": "array", "items": {"$ref": "#/components/schemas/Alert"}}
                }
              }
            },
            "responses": {
              "200": {
                "description": "They are durable.",
                "content": {"application/json": {"schema": {"type": "object"}}}
              },
              "400": {"$ref": "#/components/responses/BadRequest2"},
              "401": {"$ref": "#/components/responses/Unauthorized2"},
              "403": {"$ref": "#/components/responses/Forbidden2"},
              "413": {"$ref": "#/components/responses/TooLarge2"},
              "429": {"$ref": "#/components/responses/TooMany2"},
              "503": {"$ref": "#/components/responses/Unavailable2"}
            }
          }
        },
        "/api/v2/alerts/groups": {
          "get": {
            "operationId": "getAlertGroups",
            "summary": "Lists the active alerts by channel and group.",
            "description": "Scope: read.",
            "security": [{"token": []}, {}],
            "parameters": [
              {
                "name": "filter",
                "in": "query",
                "description": "A matcher such as severity=\"critical\"; all must match.",
                "schema": {"type": "array", "items": {"type": "string"}}
              },
              {
                "name": "receiver",
                "in": "query",
                "description": "A regular expression for the channel.",
                "schema": {"type": "string"}
              },
              {
                "name": "active",
                "in": "query",
                "description": "Whether alerts that nothing mutes are listed.",
                "schema": {"type": "boolean"}
              },
              {
                "name": "silenced",
                "in": "query",
                "description": "Whether silenced ones are.",
                "schema": {"type": "boolean"}
              },
              {
                "name": "inhibited",
                "in": "query",
                "description": "Whether inhibited ones are.",
                "schema": {"type": "boolean"}
              }
            ],
            "responses": {
              "200": {
                "description": "The groups.",
                "content": {
                  "application/json": {
                    "schema": {"type": "array", "items": {"$ref": "#/components/schemas/AlertGroup"}}
                  }
                }
              },
              "400": {"$ref": "#/components/responses/BadRequest2"},
              "401": {"$ref": "#/components/responses/Unauthorized2"},
              "403": {"$ref": "#/components/responses/Forbidden2"},
              "429": {"$ref": "#/components/responses/TooMany2"},
              "503": {"$ref": "#/components/responses/Unavailable2"}
            }
          }
        },
        "/api/v2/silences": {
          "get": {
            "operationId": "getSilences",
            "summary": "Lists silences.",
            "description": "Scope: read.",
            "security": [{"token": []}, {}],
            "parameters": [
              {
                "name": "filter",
                "in": "query",
                "description": "A matcher that the silence has.",
                "schema": {"type": "array", "items": {"type": "string"}}
              }
            ],
            "responses": {
              "200": {
                "description": "The silences.",
                "content": {
                  "application/json": {
                    "schema": {"type": "array", "items": {"$ref": "#/components/schemas/Silence"}}
                  }
                }
              },
              "400": {"$ref": "#/components/responses/BadRequest2"},
              "401": {"$ref": "#/components/responses/Unauthorized2"},
              "403": {"$ref": "#/components/responses/Forbidden2"},
              "429": {"$ref": "#/components/responses/TooMany2"},
              "503": {"$ref": "#/components/responses/Unavailable2"}
            }
          },
          "post": {
            "operationId": "postSilences",
            "summary": "Makes a silence, or changes the one of that id.",
            "description": "Scope: operate.",
            "security": [{"token": []}, {}],
            "requestBody": {
              "required": true,
              "content": {"application/json": {"schema": {"$ref": "#/components/schemas/PostedSilence"}}}
            },
            "responses": {
              "200": {
                "description": "Its id.",
                "content": {
                  "application/json": {
                    "schema": {
                      "type": "object",
                      "properties": {"silenceID": {"type": "string"}},
                      "required": ["silenceID"]
                    }
                  }
                }
              },
              "400": {"$ref": "#/components/responses/BadRequest2"},
              "401": {"$ref": "#/components/responses/Unauthorized2"},
              "403": {"$ref": "#/components/responses/Forbidden2"},
              "413": {"$ref": "#/components/responses/TooLarge2"},
              "429": {"$ref": "#/components/responses/TooMany2"},
              "503": {"$ref": "#/components/responses/Unavailable2"},
              "404": {"$ref": "#/components/responses/NotFound"}
            }
          }
        },
        "/api/v2/silence/{id}": {
          "get": {
            "operationId": "getSilence",
            "summary": "Shows a silence.",
            "description": "Scope: read.",
            "security": [{"token": []}, {}],
            "parameters": [{"name": "id", "in": "path", "required": true, "schema": {"type": "string"}}],
            "responses": {
              "200": {
                "description": "The silence.",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Silence"}}}
              },
              "400": {"$ref": "#/components/responses/BadRequest2"},
              "401": {"$ref": "#/components/responses/Unauthorized2"},
              "403": {"$ref": "#/components/responses/Forbidden2"},
              "429": {"$ref": "#/components/responses/TooMany2"},
              "503": {"$ref": "#/components/responses/Unavailable2"},
              "404": {"$ref": "#/components/responses/NotFound"}
            }
          },
          "delete": {
            "operationId": "deleteSilence",
            "summary": "Ends a silence.",
            "description": "Scope: operate.",
            "security": [{"token": []}, {}],
            "parameters": [{"name": "id", "in": "path", "required": true, "schema": {"type": "string"}}],
            "responses": {
              "200": {
                "description": "It is over.",
                "content": {"application/json": {"schema": {"type": "object"}}}
              },
              "400": {"$ref": "#/components/responses/BadRequest2"},
              "401": {"$ref": "#/components/responses/Unauthorized2"},
              "403": {"$ref": "#/components/responses/Forbidden2"},
              "429": {"$ref": "#/components/responses/TooMany2"},
              "503": {"$ref": "#/components/responses/Unavailable2"},
              "404": {"$ref": "#/components/responses/NotFound"}
            }
          }
        },
        "/api/v2/receivers": {
          "get": {
            "operationId": "getReceivers",
            "summary": "Lists the channels.",
            "description": "Scope: read.",
            "security": [{"token": []}, {}],
            "responses": {
              "200": {
                "description": "The channels.",
                "content": {
                  "application/json": {
                    "schema": {"type": "array", "items": {"$ref": "#/components/schemas/Receiver"}}
                  }
                }
              },
              "400": {"$ref": "#/components/responses/BadRequest2"},
              "401": {"$ref": "#/components/responses/Unauthorized2"},
              "403": {"$ref": "#/components/responses/Forbidden2"},
              "429": {"$ref": "#/components/responses/TooMany2"},
              "503": {"$ref": "#/components/responses/Unavailable2"}
            }
          }
        },
        "/api/v2/status": {
          "get": {
            "operationId": "getStatus",
            "summary": "Says which version runs since when.",
            "description": "Scope: read.",
            "security": [{"token": []}, {}],
            "responses": {
              "200": {
                "description": "The status.",
                "content": {"application/json": {"schema": {"type": "object"}}}
              },
              "400": {"$ref": "#/components/responses/BadRequest2"},
              "401": {"$ref": "#/components/responses/Unauthorized2"},
              "403": {"$ref": "#/components/responses/Forbidden2"},
              "429": {"$ref": "#/components/responses/TooMany2"},
              "503": {"$ref": "#/components/responses/Unavailable2"}
            }
          }
        },
        "/-/healthy": {
          "get": {
            "operationId": "healthy",
            "summary": "Answers while Belfry does.",
            "security": [],
            "responses": {
              "200": {"description": "It answers.", "content": {"text/plain": {"schema": {"type": "string"}}}},
              "400": {"$ref": "#/components/responses/BadRequest3"},
              "403": {"$ref": "#/components/responses/Forbidden"}
            }
          }
        },
        "/-/ready": {
          "get": {
            "operationId": "ready",
            "summary": "Whether alerts can be taken and told.",
            "security": [],
            "responses": {
              "200": {"description": "They can.", "content": {"text/plain": {"schema": {"type": "string"}}}},
              "400": {"$ref": "#/components/responses/BadRequest3"},
              "403": {"$ref": "#/components/responses/Forbidden"},
              "503": {"$ref": "#/components/responses/Unavailable"}
            }
          }
        },
        "/-/reload": {
          "post": {
            "operationId": "reload",
            "summary": "Has channels.json read again.",
            "description": "Scope: operate.",
            "security": [{"token": []}, {}],
            "responses": {
              "200": {
                "description": "It is in force.",
                "content": {"text/plain": {"schema": {"type": "string"}}}
              },
              "400": {"$ref": "#/components/responses/BadRequest3"},
              "401": {"$ref": "#/components/responses/Unauthorized"},
              "403": {"$ref": "#/components/responses/Forbidden"},
              "429": {"$ref": "#/components/responses/TooMany"},
              "503": {"$ref": "#/components/responses/Unavailable"},
              "500": {
                "description": "It was refused; the last good one stays in force.",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
              }
            }
          }
        },
        "/openapi.json": {
          "get": {
            "operationId": "openapi",
            "summary": "This document.",
            "description": "Scope: read.",
            "security": [{"token": []}, {}],
            "responses": {
              "200": {
                "description": "The document.",
                "content": {"application/json": {"schema": {"type": "object"}}}
              },
              "400": {"$ref": "#/components/responses/BadRequest3"},
              "401": {"$ref": "#/components/responses/Unauthorized"},
              "403": {"$ref": "#/components/responses/Forbidden"},
              "429": {"$ref": "#/components/responses/TooMany"}
            }
          }
        }
      },
      "components": {
        "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        "schemas": {
          "Error": {"type": "object", "properties": {"error": {"type": "string"}}, "required": ["error"]},
          "Alert": {
            "type": "object",
            "properties": {
              "labels": {"type": "object", "additionalProperties": {"type": "string"}},
              "annotations": {"type": "object", "additionalProperties": {"type": "string"}},
              "startsAt": {"type": "string", "format": "date-time"},
              "endsAt": {"type": "string", "format": "date-time"},
              "generatorURL": {"type": "string"}
            },
            "required": ["labels"]
          },
          "ShownAlert": {
            "type": "object",
            "properties": {
              "labels": {"type": "object", "additionalProperties": {"type": "string"}},
              "annotations": {"type": "object", "additionalProperties": {"type": "string"}},
              "startsAt": {"type": "string", "format": "date-time"},
              "endsAt": {"type": "string", "format": "date-time"},
              "updatedAt": {"type": "string", "format": "date-time"},
              "fingerprint": {"type": "string"},
              "generatorURL": {"type": "string"},
              "receivers": {"type": "array", "items": {"$ref": "#/components/schemas/Receiver"}},
              "status": {
                "type": "object",
                "properties": {
                  "state": {"type": "string", "enum": ["active", "suppressed"]},
                  "silencedBy": {"type": "array", "items": {"type": "string"}},
                  "inhibitedBy": {"type": "array", "items": {"type": "string"}}
                },
                "required": ["state", "silencedBy", "inhibitedBy"]
              }
            },
            "required": [
              "labels",
              "annotations",
              "startsAt",
              "endsAt",
              "updatedAt",
              "fingerprint",
              "receivers",
              "status"
            ]
          },
          "AlertGroup": {
            "type": "object",
            "properties": {
              "labels": {"type": "object", "additionalProperties": {"type": "string"}},
              "receiver": {"$ref": "#/components/schemas/Receiver"},
              "alerts": {"type": "array", "items": {"$ref": "#/components/schemas/ShownAlert"}}
            },
            "required": ["labels", "receiver", "alerts"]
          },
          "Receiver": {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]},
          "Matcher": {
            "type": "object",
            "properties": {
              "name": {"type": "string", "minLength": 1},
              "value": {"type": "string"},
              "isRegex": {"type": "boolean"},
              "isEqual": {"type": "boolean", "default": true}
            },
            "required": ["name", "value"]
          },
          "PostedSilence": {
            "type": "object",
            "properties": {
              "id": {"type": "string"},
              "matchers": {
                "type": "array",
                "items": {"$ref": "#/components/schemas/Matcher"},
                "minItems": 1,
                "maxItems": 32
              },
              "startsAt": {"type": "string", "format": "date-time"},
              "endsAt": {"type": "string", "format": "date-time"},
              "createdBy": {"type": "string"},
              "comment": {"type": "string"}
            },
            "required": ["matchers", "startsAt", "endsAt"]
          },
          "Silence": {
            "type": "object",
            "properties": {
              "id": {"type": "string"},
              "matchers": {"type": "array", "items": {"$ref": "#/components/schemas/Matcher"}},
              "startsAt": {"type": "string", "format": "date-time"},
              "endsAt": {"type": "string", "format": "date-time"},
              "updatedAt": {"type": "string", "format": "date-time"},
              "createdBy": {"type": "string"},
              "comment": {"type": "string"},
              "status": {
                "type": "object",
                "properties": {"state": {"type": "string", "enum": ["pending", "active", "expired"]}},
                "required": ["state"]
              }
            },
            "required": [
              "id",
              "matchers",
              "startsAt",
              "endsAt",
              "updatedAt",
              "createdBy",
              "comment",
              "status"
            ]
          },
          "OwnAlert": {
            "type": "object",
            "properties": {
              "id": {"type": "string"},
              "severity": {"type": "string"},
              "category": {"type": "string"},
              "title": {"type": "string"},
              "detail": {"type": "string"},
              "link": {"type": "string"},
              "labels": {"type": "object", "additionalProperties": {"type": "string"}},
              "state": {"type": "string", "enum": ["firing", "resolved"]},
              "ends_at": {"type": "string", "format": "date-time"}
            }
          },
          "WebhookAlert": {
            "type": "object",
            "properties": {
              "status": {"type": "string", "enum": ["firing", "resolved"]},
              "labels": {"type": "object", "additionalProperties": {"type": "string"}},
              "annotations": {"type": "object", "additionalProperties": {"type": "string"}},
              "startsAt": {"type": "string", "format": "date-time"},
              "endsAt": {"type": "string", "format": "date-time"},
              "generatorURL": {"type": "string"},
              "fingerprint": {"type": "string"}
            },
            "required": ["status", "labels"]
          },
          "PushAnswer": {
            "type": "object",
            "properties": {
              "accepted": {"type": "integer"},
              "refused": {"type": "integer"},
              "error": {"type": "string"},
              "remarks": {"type": "array", "items": {"type": "string"}},
              "results": {
                "type": "array",
                "items": {
                  "type": "object",
                  "properties": {
                    "index": {"type": "integer"},
                    "id": {"type": "string"},
                    "status": {"type": "string", "enum": ["firing", "resolved", "refused"]},
                    "error": {"type": "string"}
                  },
                  "required": ["index", "status"]
                }
              }
            },
            "required": ["accepted", "refused", "results"]
          }
        },
        "responses": {
          "Response200": {"$ref": "#/components/responses/Response200"},
          "BadRequest": {"$ref": "#/components/responses/BadRequest"},
          "Unauthorized": {"$ref": "#/components/responses/Unauthorized"},
          "Forbidden": {"$ref": "#/components/responses/Forbidden"},
          "TooLarge": {"$ref": "#/components/responses/TooLarge"},
          "TooMany": {"$ref": "#/components/responses/TooMany"},
          "Unavailable": {"$ref": "#/components/responses/Unavailable"},
          "BadRequest2": {"$ref": "#/components/responses/BadRequest2"},
          "Unauthorized2": {"$ref": "#/components/responses/Unauthorized2"},
          "Forbidden2": {"$ref": "#/components/responses/Forbidden2"},
          "TooMany2": {"$ref": "#/components/responses/TooMany2"},
          "Unavailable2": {"$ref": "#/components/responses/Unavailable2"},
          "TooLarge2": {"$ref": "#/components/responses/TooLarge2"},
          "NotFound": {"$ref": "#/components/responses/NotFound"},
          "BadRequest3": {"$ref": "#/components/responses/BadRequest3"}
        }
      }
    }
    """#
}
