// Made by `TEST_RECORD_EXAMPLES=1 npm test -- openapi-examples`: what the real service answered. Do not edit.
import type { OperationExamples } from './api-docs.js';

export const EXAMPLES: OperationExamples = {
  "approveGateway": {
    "example": {
      "request": {
        "verifierKeys": [
          "gateway-1/0+be173632+BPIZUNRxunINjw8nHoZLa9i996JlBbERfmXdKj24mgNy"
        ]
      },
      "status": 200,
      "answer": {
        "gatewayId": "gateway-1",
        "verifierKeys": [
          "gateway-1/0+be173632+BPIZUNRxunINjw8nHoZLa9i996JlBbERfmXdKj24mgNy"
        ]
      }
    }
  },
  "changeOwnPassword": {
    "example": {
      "request": {
        "currentPassword": "correct horse battery staple",
        "newPassword": "four candles and a fork handle"
      },
      "status": 204
    }
  },
  "changeRole": {
    "example": {
      "request": {
        "permissions": [
          "users.read",
          "roles.read"
        ]
      },
      "status": 200,
      "answer": {
        "id": "01a22b51-be4b-7411-bf6b-272fe8c74d92",
        "name": "Directory",
        "description": "Reads who there is.",
        "permissions": [
          "roles.read",
          "users.read"
        ],
        "system": false
      }
    }
  },
  "changeSecuritySettings": {
    "dryRun": {
      "request": {
        "apiKeyAuthenticationEnabled": true,
        "maxApiKeyLifetimeDays": 90
      },
      "status": 200,
      "answer": {
        "affected": {
          "keys": 0,
          "users": 0
        },
        "sample": []
      }
    },
    "example": {
      "request": {
        "apiKeyAuthenticationEnabled": true,
        "maxApiKeyLifetimeDays": 90
      },
      "status": 200,
      "answer": {
        "apiKeyAuthenticationEnabled": true,
        "maxApiKeyLifetimeDays": 90,
        "gatewayLeaseSeconds": 60,
        "rotationGraceMaxSeconds": 604800,
        "maxActiveKeysPerUser": 20,
        "defaultKeyRateLimit": null,
        "journal": "denials",
        "journalRetentionDays": 400,
        "gatewayEnrolment": "automatic"
      }
    }
  },
  "changeUser": {
    "example": {
      "request": {
        "displayName": "Dana M. Reyes"
      },
      "status": 200,
      "answer": {
        "id": "01a22b51-c316-705f-9f98-a887efc3b71d",
        "username": "dana",
        "displayName": "Dana M. Reyes",
        "email": "dana@example.org",
        "status": "active",
        "supervisorId": null,
        "roles": [
          {
            "id": "api-key-generate",
            "name": "API Key Generate"
          },
          {
            "id": "api-key-sign-in",
            "name": "API Key Sign In"
          },
          {
            "id": "01a22b51-be4b-7411-bf6b-272fe8c74d92",
            "name": "Directory"
          }
        ],
        "createdAt": "2026-11-30T07:18:28.582Z"
      }
    }
  },
  "changeWebhook": {
    "example": {
      "request": {
        "types": null
      },
      "status": 200,
      "answer": {
        "id": "ed2b2b31-6b87-4fc0-a015-61b3672467b1",
        "url": "https://hooks.example.org/keyfold",
        "types": null,
        "enabled": true,
        "createdAt": "2026-11-30T07:18:38.205Z",
        "createdBy": "user/first-administrator",
        "previousSecretUntil": null
      }
    }
  },
  "claimApiKey": {
    "example": {
      "status": 200,
      "answer": {
        "id": "2y4nYDXLNR4yD0UpFysciR",
        "userId": "01a22b51-c316-705f-9f98-a887efc3b71d",
        "username": "dana",
        "name": "Reports",
        "status": "active",
        "hint": "gxWR",
        "createdAt": "2026-11-30T07:18:34.745Z",
        "createdBy": "user/first-administrator",
        "expiresAt": "2026-12-07T07:18:36.061Z",
        "effectiveExpiresAt": "2026-12-07T07:18:36.061Z",
        "effectiveExpiryBoundBy": "key",
        "acceptance": {
          "allowed": true,
          "reason": null
        },
        "readOnly": true,
        "scopes": [],
        "allowedIpRanges": null,
        "rateLimit": null,
        "lastUsedAt": null,
        "predecessorId": null,
        "successorId": null,
        "supersededUntil": null,
        "revokedAt": null,
        "revocationReason": null,
        "key": "kf_2y4nYDXLNR4yD0UpFysciR_EXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAM"
      }
    }
  },
  "createRole": {
    "example": {
      "request": {
        "name": "Directory",
        "description": "Reads who there is.",
        "permissions": [
          "users.read"
        ]
      },
      "status": 201,
      "answer": {
        "id": "01a22b51-be4b-7411-bf6b-272fe8c74d92",
        "name": "Directory",
        "description": "Reads who there is.",
        "permissions": [
          "users.read"
        ],
        "system": false
      }
    }
  },
  "createUser": {
    "example": {
      "request": {
        "username": "dana",
        "displayName": "Dana Reyes",
        "email": "dana@example.org",
        "password": "correct horse battery staple"
      },
      "status": 201,
      "answer": {
        "id": "01a22b51-c316-705f-9f98-a887efc3b71d",
        "username": "dana",
        "displayName": "Dana Reyes",
        "email": "dana@example.org",
        "status": "active",
        "supervisorId": null,
        "roles": [],
        "createdAt": "2026-11-30T07:18:28.582Z"
      }
    }
  },
  "createWebhook": {
    "example": {
      "request": {
        "url": "https://hooks.example.org/keyfold",
        "types": [
          "ApiKeyExpiring"
        ]
      },
      "status": 201,
      "answer": {
        "id": "ed2b2b31-6b87-4fc0-a015-61b3672467b1",
        "url": "https://hooks.example.org/keyfold",
        "types": [
          "ApiKeyExpiring"
        ],
        "enabled": true,
        "createdAt": "2026-11-30T07:18:38.205Z",
        "createdBy": "user/first-administrator",
        "previousSecretUntil": null,
        "secret": "whsec_EXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAMPLE"
      }
    }
  },
  "deactivateUser": {
    "example": {
      "status": 200,
      "answer": {
        "id": "01a22b51-c977-7173-aa83-c569bbdda5ff",
        "username": "spare",
        "displayName": null,
        "email": null,
        "status": "deactivated",
        "supervisorId": null,
        "roles": [],
        "createdAt": "2026-11-30T07:18:30.012Z"
      }
    }
  },
  "deleteRole": {
    "example": {
      "status": 204
    }
  },
  "deleteWebhook": {
    "example": {
      "status": 204
    }
  },
  "downloadEventProof": {
    "example": {
      "status": 200,
      "answer": "c2sp.org/tlog-proof@v1\nindex 5\nUOjQ4X+x1DgZi3hvTyWG2ZjjZWziXeAQjTyAI0HE9kQ=\nMLX6VvTtsQsq7i2I1zyuunQWwPj9Xg4bE11fHbE+bwo=\nZhx3crc5sPYtEmIoJlKeZQpx0z+D+9gifbhkrWY7/b0=\n\nkeyfold.local/81b827574325\n8\nnOANOVJtCaN0CZctmbYfj2NliBjUAQ+qdQ9sbZPiFKc=\n\n— keyfold.local/81b827574325 zNy3X2SZ+kZwED7Qbr6nas0YBP/Lhl1P7UX2AyFDrlk3lzVHr7DF2sed16aGUkTOsWXREK/sEdoYsgqAd5OPGJjmIww=\n"
    }
  },
  "downloadReceipt": {
    "example": {
      "status": 200,
      "answer": {
        "format": "keyfold-receipt/1",
        "position": 50,
        "leaf": "eyJhY3RvciI6InVzZXIvMDFhMjJiNTEtYzMxNi03MDVmLTlmOTgtYTg4N2VmYzNiNzFkIiwiY29ycmVsYXRpb25JZCI6IjAxYTIyYjUxLWZmM2UtNzNmMC1iZWU5LTZlYzdkYjRmMzBhMCIsImRhdGEiOnsicmVhc29uIjoiVU5TUEVDSUZJRUQifSwicG9zaXRpb24iOjUwLCJyZWNvcmRlZEF0IjoiMjAyNi0xMS0zMFQwNzoxODo0My43OTVaIiwic2NoZW1hVmVyc2lvbiI6MSwic2VhbGVkIjp7fSwic3RyZWFtIjoiYXBpLWtleS81Tlo3Z1c2c2FCUmgwZjl5dDJDSGhxIiwidHlwZSI6IkFwaUtleVJldm9rZWQiLCJ2ZXJzaW9uIjoyfQ==",
        "enrolments": [
          {
            "leaf": "eyJhY3RvciI6InN5c3RlbSIsImNvcnJlbGF0aW9uSWQiOiIwMWEyMmI1MS1mZDQwLTcwMzYtODI1NS0zMjM5MjFkYTc0MzYiLCJkYXRhIjp7ImdhdGV3YXlJZCI6ImdhdGV3YXktMSIsInByb2Nlc3MiOiIwIiwidmVyaWZpZXJLZXkiOiJnYXRld2F5LTEvMCtiZTE3MzYzMitCUElaVU5SeHVuSU5qdzhuSG9aTGE5aTk5NkpsQmJFUmZtWGRLajI0bWdOeSJ9LCJwb3NpdGlvbiI6NDksInJlY29yZGVkQXQiOiIyMDI2LTExLTMwVDA3OjE4OjQzLjI5NVoiLCJzY2hlbWFWZXJzaW9uIjoxLCJzZWFsZWQiOnt9LCJzdHJlYW0iOiJnYXRld2F5L2dhdGV3YXktMSIsInR5cGUiOiJHYXRld2F5RW5yb2xsZWQiLCJ2ZXJzaW9uIjoxfQ==",
            "inclusion": {
              "leafIndex": 48,
              "treeSize": 50,
              "hashes": [
                "8ClwzesBMa8ul1VI+xhH0oJ0DqIHz1Zil63D2DSyeCo=",
                "Js3jJ3vW+KNHhiWxLfPEX7W0bwXGIQX2bm1fvyMXA1w=",
                "W54cMS7KkJGB70jwsHsUqB5/vijjrIPAQ+ddbKDtIFg="
              ]
            }
          }
        ],
        "proofs": [
          {
            "checkpoint": "keyfold.local/81b827574325\n50\ng9jW/4NNLMh0hH6ICk1FIjjGOoXhjb4quN/7x6uF1Ec=\n\n— keyfold.local/81b827574325 zNy3Xyd8dmsYOt3/ALstC8KIXQ2yTqC+im5s+Vfb+uyxhr1eiFLCIrZfe2CYMK/kyM+Wvdd+1VRnViW0C5basL05nwA=\n— gateway-1/0 vhc2MgAAAABrDSNTXAYchdZtbbHqXgSe6RuqELhsLPBw/fbB84FWkiLt/Eh/y0bVzT5DdlTtuIhJ86iXb7qObvn8yzWHXPB3dRHcAg==\n",
            "inclusion": {
              "leafIndex": 49,
              "treeSize": 50,
              "hashes": [
                "ogvt0kXoNMr70mqEwNmBppMCabyTiXFcblyQ2JQbKBg=",
                "Js3jJ3vW+KNHhiWxLfPEX7W0bwXGIQX2bm1fvyMXA1w=",
                "W54cMS7KkJGB70jwsHsUqB5/vijjrIPAQ+ddbKDtIFg="
              ]
            }
          }
        ],
        "statement": "keyfold-receipt/1\nkeyfold.local/81b827574325\n50\ngateway-1 0 applied 50 2026-11-30T07:18:43.859Z\n\n— keyfold.local/81b827574325 zNy3Xyl/Sr4+kn+iRRomU4ZTEAah2QqL750qY5K6Ocxdm6fzZoInT5XSUeopwDeBCNwWO2Lne5g0e/m+Xk8OASkcBQA=\n"
      }
    }
  },
  "endOwnSession": {
    "example": {
      "status": 204
    }
  },
  "endUserSession": {
    "example": {
      "status": 204
    }
  },
  "endUserSessions": {
    "example": {
      "status": 204
    }
  },
  "eraseUser": {
    "example": {
      "status": 200,
      "answer": {
        "id": "01a22b51-c977-7173-aa83-c569bbdda5ff",
        "username": null,
        "displayName": null,
        "email": null,
        "status": "erased",
        "supervisorId": null,
        "roles": [],
        "createdAt": "2026-11-30T07:18:30.012Z"
      }
    }
  },
  "explainDecision": {
    "example": {
      "request": {
        "keyId": "5NZ7gW6saBRh0f9yt2CHhq",
        "method": "GET",
        "ip": "192.0.2.7"
      },
      "status": 200,
      "answer": {
        "allowed": true,
        "reason": null,
        "decidedAtPosition": 35,
        "at": "2026-11-30T07:18:40.400Z",
        "because": [
          {
            "position": 5,
            "type": "RoleCreated",
            "summary": "role/api-key-sign-in, description May sign in to services with an API key of one’s own., name API Key Sign In, permissions [\"api-key.sign-in\"], system true"
          },
          {
            "position": 9,
            "type": "SecuritySettingsChanged",
            "summary": "settings/security, apiKeyAuthenticationEnabled false -> true, maxApiKeyLifetimeDays 180 -> 90"
          },
          {
            "position": 12,
            "type": "UserCreated",
            "summary": "user/01a22b51-c316-705f-9f98-a887efc3b71d"
          },
          {
            "position": 15,
            "type": "RoleGranted",
            "summary": "user/01a22b51-c316-705f-9f98-a887efc3b71d, roleId api-key-sign-in"
          },
          {
            "position": 30,
            "type": "ApiKeyIssued",
            "summary": "api-key/5NZ7gW6saBRh0f9yt2CHhq, expiry {\"days\":30}, hint Ms3Y, predecessorId 4QJ8sVmrmBnP0oKkMT7fhL, rateLimit {\"requests\":100,\"seconds\":60}, readOnly false, s…"
          }
        ]
      }
    }
  },
  "exportLog": {
    "example": {
      "status": 200,
      "answer": "{\"actor\":\"system\",\"correlationId\":\"01a22b51-9607-7663-b028-652161dda9a8\",\"data\":{\"description\":\"May do everything.\",\"name\":\"Administrator\",\"permissions\":[\"settings.read\",\"settings.manage\",\"roles.read\",\"roles.manage\",\"roles.grant\",\"users.read\",\"users.manage\",\"api-key.generate\",\"api-key.sign-in\",\"api-keys.manage\",\"api-keys.supervise\",\"audit.read\",\"audit.reveal\"],\"system\":true},\"position\":1,\"recordedAt\":\"2026-11-30T07:18:17.395Z\",\"schemaVersion\":1,\"sealed\":{},\"stream\":\"role/administrator\",\"type\":\"RoleCreated\",\"version\":1}\n{\"checkpoint\":\"keyfold.local/81b827574325\\n1\\nMt9YK8en3XWshRN0sy20H3ikv07WW/Hz94sxhdhCqBQ=\\n\\n— keyfold.local/81b827574325 zNy3X4LPTZ6lb1eWMlx3fpyr4M1/YwPUhZyYjpgZdgcBugTFDjupOaJ1zLuEParF5PamCaEZSEMSnFwVVeuLpfAMoQs=\\n\",\"subtrees\":{\"level\":0,\"hashes\":\"Mt9YK8en3XWshRN0sy20H3ikv07WW/Hz94sxhdhCqBQ=\"}}\n"
    }
  },
  "finishOidcSignIn": {
    "example": {
      "status": 200,
      "answer": {
        "token": "kfs_EXAMPLE-EXAMPLE-EXAMPLE-EXAMPLE-EXAMPLE",
        "expiresAt": "2026-11-30T19:18:40.278Z",
        "user": {
          "id": "01a22b51-c316-705f-9f98-a887efc3b71d",
          "username": "dana",
          "displayName": "Dana M. Reyes",
          "email": "dana@example.org",
          "status": "active",
          "supervisorId": null,
          "roles": [
            {
              "id": "api-key-generate",
              "name": "API Key Generate"
            },
            {
              "id": "api-key-sign-in",
              "name": "API Key Sign In"
            }
          ],
          "createdAt": "2026-11-30T07:18:28.582Z"
        }
      }
    },
    "page": {
      "status": 200,
      "answer": "<!doctype html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><title>Keyfold</title><meta http-equiv=\"refresh\" content=\"0;url='/docs'\"></head>\n<body><p>You are signed in. <a href=\"/docs\">Go on</a></p></body>\n</html>\n"
    }
  },
  "grantRole": {
    "example": {
      "status": 200,
      "answer": {
        "id": "01a22b51-c316-705f-9f98-a887efc3b71d",
        "username": "dana",
        "displayName": "Dana Reyes",
        "email": "dana@example.org",
        "status": "active",
        "supervisorId": null,
        "roles": [
          {
            "id": "api-key-generate",
            "name": "API Key Generate"
          },
          {
            "id": "api-key-sign-in",
            "name": "API Key Sign In"
          }
        ],
        "createdAt": "2026-11-30T07:18:28.582Z"
      }
    }
  },
  "issueOwnApiKey": {
    "example": {
      "request": {
        "name": "Zapier",
        "expiresInDays": 30,
        "scopes": [
          "invoices:read"
        ],
        "rateLimit": {
          "requests": 100,
          "seconds": 60
        }
      },
      "status": 201,
      "answer": {
        "id": "4QJ8sVmrmBnP0oKkMT7fhL",
        "userId": "01a22b51-c316-705f-9f98-a887efc3b71d",
        "username": "dana",
        "name": "Zapier",
        "status": "active",
        "hint": "85a6",
        "createdAt": "2026-11-30T07:18:34.292Z",
        "createdBy": "user/01a22b51-c316-705f-9f98-a887efc3b71d",
        "expiresAt": "2026-12-30T07:18:34.292Z",
        "effectiveExpiresAt": "2026-12-30T07:18:34.292Z",
        "effectiveExpiryBoundBy": "key",
        "acceptance": {
          "allowed": true,
          "reason": null
        },
        "readOnly": false,
        "scopes": [
          "invoices:read"
        ],
        "allowedIpRanges": null,
        "rateLimit": {
          "requests": 100,
          "seconds": 60
        },
        "lastUsedAt": null,
        "predecessorId": null,
        "successorId": null,
        "supersededUntil": null,
        "revokedAt": null,
        "revocationReason": null,
        "key": "kf_4QJ8sVmrmBnP0oKkMT7fhL_EXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAM"
      }
    }
  },
  "linkOidcIdentity": {
    "example": {
      "request": {
        "subject": "dana-at-the-issuer"
      },
      "status": 200,
      "answer": {
        "id": "01a22b51-c316-705f-9f98-a887efc3b71d",
        "username": "dana",
        "displayName": "Dana M. Reyes",
        "email": "dana@example.org",
        "status": "active",
        "supervisorId": null,
        "roles": [
          {
            "id": "api-key-generate",
            "name": "API Key Generate"
          },
          {
            "id": "api-key-sign-in",
            "name": "API Key Sign In"
          }
        ],
        "createdAt": "2026-11-30T07:18:28.582Z"
      }
    }
  },
  "listApiKeys": {
    "example": {
      "status": 200,
      "answer": {
        "items": [
          {
            "id": "4QJ8sVmrmBnP0oKkMT7fhL",
            "userId": "01a22b51-c316-705f-9f98-a887efc3b71d",
            "username": "dana",
            "name": "Zapier",
            "status": "active",
            "hint": "85a6",
            "createdAt": "2026-11-30T07:18:34.292Z",
            "createdBy": "user/01a22b51-c316-705f-9f98-a887efc3b71d",
            "expiresAt": "2026-12-30T07:18:34.292Z",
            "effectiveExpiresAt": "2026-12-30T07:18:34.292Z",
            "effectiveExpiryBoundBy": "key",
            "acceptance": {
              "allowed": true,
              "reason": null
            },
            "readOnly": false,
            "scopes": [
              "invoices:read"
            ],
            "allowedIpRanges": null,
            "rateLimit": {
              "seconds": 60,
              "requests": 100
            },
            "lastUsedAt": null,
            "predecessorId": null,
            "successorId": null,
            "supersededUntil": null,
            "revokedAt": null,
            "revocationReason": null
          }
        ],
        "nextCursor": null
      }
    },
    "csv": {
      "status": 200,
      "answer": "id,userId,username,name,status,hint,createdAt,createdBy,expiresAt,effectiveExpiresAt,effectiveExpiryBoundBy,accepted,refusalReason,readOnly,scopes,allowedIpRanges,rateLimitRequests,rateLimitSeconds,lastUsedAt,predecessorId,successorId,supersededUntil,revokedAt,revocationReason\r\n4QJ8sVmrmBnP0oKkMT7fhL,01a22b51-c316-705f-9f98-a887efc3b71d,dana,Zapier,active,85a6,2026-11-30T07:18:34.292Z,user/01a22b51-c316-705f-9f98-a887efc3b71d,2026-12-30T07:18:34.292Z,2026-12-30T07:18:34.292Z,key,true,,false,invoices:read,,100,60,,,,,,\r\n"
    }
  },
  "listCosignedCheckpoints": {
    "example": {
      "status": 200,
      "answer": {
        "items": [
          {
            "size": 8,
            "cosignedAt": "2026-11-30T07:18:23.000Z",
            "checkpoint": "keyfold.local/81b827574325\n8\nnOANOVJtCaN0CZctmbYfj2NliBjUAQ+qdQ9sbZPiFKc=\n\n— keyfold.local/81b827574325 zNy3X2SZ+kZwED7Qbr6nas0YBP/Lhl1P7UX2AyFDrlk3lzVHr7DF2sed16aGUkTOsWXREK/sEdoYsgqAd5OPGJjmIww=\n— keyfold.local/81b827574325/clock En366gAAAABrDSM/iE8tn2nKXtCGVnP2YxBfTwDTgPNYNrfyfVJHcngSG5d0iypwCPMkJQPIQXbiKHXlNDbBxjIauAYmfuH2BXeABA==\n"
          }
        ],
        "nextCursor": null
      }
    }
  },
  "listEvents": {
    "example": {
      "status": 200,
      "answer": {
        "items": [],
        "nextCursor": null
      }
    }
  },
  "listGateways": {
    "example": {
      "status": 200,
      "answer": {
        "items": [
          {
            "gatewayId": "gateway-1",
            "processes": [
              {
                "slot": "0",
                "incarnation": "50118420-089a-42c1-8189-f3175ee8e989",
                "verifierKey": "gateway-1/0+be173632+BPIZUNRxunINjw8nHoZLa9i996JlBbERfmXdKj24mgNy",
                "fingerprint": "SHA256:jdoUo-2WbtZPCAvRTCl29BWebQSVQALvlUHjP9qeJEM",
                "enrolled": true,
                "noLease": null,
                "appliedPosition": 50,
                "lagEvents": 0,
                "leaseUntil": "2026-11-30T07:19:43.839Z",
                "lastSeenAt": "2026-11-30T07:18:43.839Z",
                "version": "0.1.0"
              }
            ],
            "appliedPosition": 50,
            "lagEvents": 0,
            "leaseUntil": "2026-11-30T07:19:43.839Z",
            "lastSeenAt": "2026-11-30T07:18:43.839Z",
            "version": "0.1.0"
          }
        ],
        "nextCursor": null
      }
    }
  },
  "listNotices": {
    "example": {
      "status": 200,
      "answer": {
        "items": [
          {
            "id": "8215e105-1b2a-481a-99f3-347608b59a1e",
            "type": "ApiKeyRevoked",
            "occurredAt": "2026-11-30T07:18:37.713Z",
            "userId": "01a22b51-c316-705f-9f98-a887efc3b71d",
            "keyId": "4QJ8sVmrmBnP0oKkMT7fhL",
            "keyName": "Zapier",
            "read": true,
            "data": {
              "reason": "SUPERSEDED"
            }
          }
        ],
        "nextCursor": "NQ"
      }
    }
  },
  "listOwnApiKeys": {
    "example": {
      "status": 200,
      "answer": {
        "items": [
          {
            "id": "4QJ8sVmrmBnP0oKkMT7fhL",
            "userId": "01a22b51-c316-705f-9f98-a887efc3b71d",
            "username": "dana",
            "name": "Zapier",
            "status": "active",
            "hint": "85a6",
            "createdAt": "2026-11-30T07:18:34.292Z",
            "createdBy": "user/01a22b51-c316-705f-9f98-a887efc3b71d",
            "expiresAt": "2026-12-30T07:18:34.292Z",
            "effectiveExpiresAt": "2026-12-30T07:18:34.292Z",
            "effectiveExpiryBoundBy": "key",
            "acceptance": {
              "allowed": true,
              "reason": null
            },
            "readOnly": false,
            "scopes": [
              "invoices:read"
            ],
            "allowedIpRanges": null,
            "rateLimit": {
              "seconds": 60,
              "requests": 100
            },
            "lastUsedAt": null,
            "predecessorId": null,
            "successorId": null,
            "supersededUntil": null,
            "revokedAt": null,
            "revocationReason": null
          }
        ],
        "nextCursor": null
      }
    }
  },
  "listOwnNotices": {
    "example": {
      "status": 200,
      "answer": {
        "items": [
          {
            "id": "8215e105-1b2a-481a-99f3-347608b59a1e",
            "type": "ApiKeyRevoked",
            "occurredAt": "2026-11-30T07:18:37.713Z",
            "userId": "01a22b51-c316-705f-9f98-a887efc3b71d",
            "keyId": "4QJ8sVmrmBnP0oKkMT7fhL",
            "keyName": "Zapier",
            "read": false,
            "data": {
              "reason": "SUPERSEDED"
            }
          }
        ],
        "nextCursor": "NQ"
      }
    }
  },
  "listOwnSessions": {
    "example": {
      "status": 200,
      "answer": {
        "items": [
          {
            "id": "01a22b51-d0c6-71af-ace8-214833188c65",
            "createdAt": "2026-11-30T07:18:31.876Z",
            "lastSeenAt": "2026-11-30T07:18:31.876Z",
            "expiresAt": "2026-11-30T19:18:31.876Z",
            "address": "127.0.0.1",
            "userAgent": "node",
            "current": false
          },
          {
            "id": "01a22b51-cdc1-7295-b401-d7e500ac47a4",
            "createdAt": "2026-11-30T07:18:31.100Z",
            "lastSeenAt": "2026-11-30T07:18:31.100Z",
            "expiresAt": "2026-11-30T19:18:31.100Z",
            "address": "127.0.0.1",
            "userAgent": "node",
            "current": true
          }
        ],
        "nextCursor": null
      }
    }
  },
  "listPermissions": {
    "example": {
      "status": 200,
      "answer": {
        "items": [
          {
            "permission": "settings.read",
            "description": "See the security settings, the webhooks and the gateways."
          },
          {
            "permission": "settings.manage",
            "description": "Change the security settings, the webhooks and the gateways."
          }
        ],
        "nextCursor": "Mg"
      }
    }
  },
  "listRoleMembers": {
    "example": {
      "status": 200,
      "answer": {
        "items": [
          {
            "id": "01a22b51-c316-705f-9f98-a887efc3b71d",
            "username": "dana",
            "displayName": "Dana M. Reyes",
            "email": "dana@example.org",
            "status": "active",
            "supervisorId": null,
            "roles": [
              {
                "id": "api-key-generate",
                "name": "API Key Generate"
              },
              {
                "id": "api-key-sign-in",
                "name": "API Key Sign In"
              },
              {
                "id": "01a22b51-be4b-7411-bf6b-272fe8c74d92",
                "name": "Directory"
              }
            ],
            "createdAt": "2026-11-30T07:18:28.582Z"
          }
        ],
        "nextCursor": null
      }
    }
  },
  "listRoles": {
    "example": {
      "status": 200,
      "answer": {
        "items": [
          {
            "id": "administrator",
            "name": "Administrator",
            "description": "May do everything.",
            "permissions": [
              "settings.read",
              "settings.manage",
              "roles.read",
              "roles.manage",
              "roles.grant",
              "users.read",
              "users.manage",
              "api-key.generate",
              "api-key.sign-in",
              "api-keys.manage",
              "api-keys.supervise",
              "audit.read",
              "audit.reveal"
            ],
            "system": true
          },
          {
            "id": "auditor",
            "name": "Auditor",
            "description": "May read the settings, the roles and the whole log.",
            "permissions": [
              "settings.read",
              "roles.read",
              "audit.read"
            ],
            "system": true
          }
        ],
        "nextCursor": "Mg"
      }
    }
  },
  "listUserApiKeys": {
    "example": {
      "status": 200,
      "answer": {
        "items": [
          {
            "id": "2y4nYDXLNR4yD0UpFysciR",
            "userId": "01a22b51-c316-705f-9f98-a887efc3b71d",
            "username": "dana",
            "name": "Reports",
            "status": "active",
            "hint": "gxWR",
            "createdAt": "2026-11-30T07:18:34.745Z",
            "createdBy": "user/first-administrator",
            "expiresAt": "2026-12-07T07:18:36.061Z",
            "effectiveExpiresAt": "2026-12-07T07:18:36.061Z",
            "effectiveExpiryBoundBy": "key",
            "acceptance": {
              "allowed": true,
              "reason": null
            },
            "readOnly": true,
            "scopes": [],
            "allowedIpRanges": null,
            "rateLimit": null,
            "lastUsedAt": null,
            "predecessorId": null,
            "successorId": null,
            "supersededUntil": null,
            "revokedAt": null,
            "revocationReason": null
          },
          {
            "id": "4QJ8sVmrmBnP0oKkMT7fhL",
            "userId": "01a22b51-c316-705f-9f98-a887efc3b71d",
            "username": "dana",
            "name": "Zapier",
            "status": "active",
            "hint": "85a6",
            "createdAt": "2026-11-30T07:18:34.292Z",
            "createdBy": "user/01a22b51-c316-705f-9f98-a887efc3b71d",
            "expiresAt": "2026-12-30T07:18:34.292Z",
            "effectiveExpiresAt": "2026-12-30T07:18:34.292Z",
            "effectiveExpiryBoundBy": "key",
            "acceptance": {
              "allowed": true,
              "reason": null
            },
            "readOnly": false,
            "scopes": [
              "invoices:read"
            ],
            "allowedIpRanges": null,
            "rateLimit": {
              "seconds": 60,
              "requests": 100
            },
            "lastUsedAt": null,
            "predecessorId": null,
            "successorId": null,
            "supersededUntil": null,
            "revokedAt": null,
            "revocationReason": null
          }
        ],
        "nextCursor": null
      }
    }
  },
  "listUserSessions": {
    "example": {
      "status": 200,
      "answer": {
        "items": [
          {
            "id": "01a22b51-d2de-7780-bf07-b9164e4dec9e",
            "createdAt": "2026-11-30T07:18:32.407Z",
            "lastSeenAt": "2026-11-30T07:18:32.407Z",
            "expiresAt": "2026-11-30T19:18:32.407Z",
            "address": "127.0.0.1",
            "userAgent": "node",
            "current": false
          },
          {
            "id": "01a22b51-cdc1-7295-b401-d7e500ac47a4",
            "createdAt": "2026-11-30T07:18:31.100Z",
            "lastSeenAt": "2026-11-30T07:18:31.100Z",
            "expiresAt": "2026-11-30T19:18:31.100Z",
            "address": "127.0.0.1",
            "userAgent": "node",
            "current": false
          }
        ],
        "nextCursor": null
      }
    }
  },
  "listUsers": {
    "example": {
      "status": 200,
      "answer": {
        "items": [
          {
            "id": "01a22b51-c316-705f-9f98-a887efc3b71d",
            "username": "dana",
            "displayName": "Dana Reyes",
            "email": "dana@example.org",
            "status": "active",
            "supervisorId": null,
            "roles": [
              {
                "id": "api-key-generate",
                "name": "API Key Generate"
              },
              {
                "id": "api-key-sign-in",
                "name": "API Key Sign In"
              },
              {
                "id": "01a22b51-be4b-7411-bf6b-272fe8c74d92",
                "name": "Directory"
              }
            ],
            "createdAt": "2026-11-30T07:18:28.582Z"
          }
        ],
        "nextCursor": null
      }
    }
  },
  "listWebhookDeliveries": {
    "example": {
      "status": 200,
      "answer": {
        "items": [
          {
            "id": "25d861ed-d56f-426c-887c-f2cb1bb684b2",
            "noticeId": null,
            "type": "WebhookTest",
            "status": "pending",
            "attempts": 0,
            "createdAt": "2026-11-30T07:18:38.906Z",
            "nextAttemptAt": "2026-11-30T07:18:38.906Z",
            "lastAttemptAt": null,
            "lastStatus": null,
            "lastError": null
          }
        ],
        "nextCursor": null
      }
    }
  },
  "listWebhooks": {
    "example": {
      "status": 200,
      "answer": {
        "items": [
          {
            "id": "ed2b2b31-6b87-4fc0-a015-61b3672467b1",
            "url": "https://hooks.example.org/keyfold",
            "types": [
              "ApiKeyExpiring"
            ],
            "enabled": true,
            "createdAt": "2026-11-30T07:18:38.205Z",
            "createdBy": "user/first-administrator",
            "previousSecretUntil": null
          }
        ],
        "nextCursor": null
      }
    }
  },
  "promiseApiKey": {
    "example": {
      "request": {
        "name": "Reports",
        "expiresInDays": 7,
        "readOnly": true
      },
      "status": 201,
      "answer": {
        "id": "2y4nYDXLNR4yD0UpFysciR",
        "userId": "01a22b51-c316-705f-9f98-a887efc3b71d",
        "username": "dana",
        "name": "Reports",
        "status": "pending",
        "hint": null,
        "createdAt": "2026-11-30T07:18:34.745Z",
        "createdBy": "user/first-administrator",
        "expiresAt": null,
        "effectiveExpiresAt": null,
        "effectiveExpiryBoundBy": null,
        "acceptance": {
          "allowed": false,
          "reason": "UNKNOWN_KEY"
        },
        "readOnly": true,
        "scopes": [],
        "allowedIpRanges": null,
        "rateLimit": null,
        "lastUsedAt": null,
        "predecessorId": null,
        "successorId": null,
        "supersededUntil": null,
        "revokedAt": null,
        "revocationReason": null,
        "key": null
      }
    }
  },
  "proveConsistency": {
    "example": {
      "status": 200,
      "answer": {
        "from": 3,
        "to": 8,
        "hashes": [
          "jFFcCmtrNPW3MPak9bwOsQ9qfYx6PV4ZnPl5ZcVv96k=",
          "FNaoWJwTV37dPcHpjF6ojLfh4XUqXnbc3iY/go8ibMM=",
          "xWBxmfYQyFYArGpugwN8jiYN9otYsPYMftLceAK2Zik=",
          "S3Ywf7TVxPWlTAV0ibZ1ZNfZvtlRK4Z2h6572LLZ+p8="
        ]
      }
    }
  },
  "proveEvent": {
    "example": {
      "status": 200,
      "answer": {
        "leafIndex": 5,
        "treeSize": 8,
        "checkpoint": "keyfold.local/81b827574325\n8\nnOANOVJtCaN0CZctmbYfj2NliBjUAQ+qdQ9sbZPiFKc=\n\n— keyfold.local/81b827574325 zNy3X2SZ+kZwED7Qbr6nas0YBP/Lhl1P7UX2AyFDrlk3lzVHr7DF2sed16aGUkTOsWXREK/sEdoYsgqAd5OPGJjmIww=\n",
        "hashes": [
          "UOjQ4X+x1DgZi3hvTyWG2ZjjZWziXeAQjTyAI0HE9kQ=",
          "MLX6VvTtsQsq7i2I1zyuunQWwPj9Xg4bE11fHbE+bwo=",
          "Zhx3crc5sPYtEmIoJlKeZQpx0z+D+9gifbhkrWY7/b0="
        ]
      }
    }
  },
  "reactivateUser": {
    "example": {
      "status": 200,
      "answer": {
        "id": "01a22b51-c977-7173-aa83-c569bbdda5ff",
        "username": "spare",
        "displayName": null,
        "email": null,
        "status": "active",
        "supervisorId": null,
        "roles": [],
        "createdAt": "2026-11-30T07:18:30.012Z"
      }
    }
  },
  "readApiKey": {
    "example": {
      "status": 200,
      "answer": {
        "id": "4QJ8sVmrmBnP0oKkMT7fhL",
        "userId": "01a22b51-c316-705f-9f98-a887efc3b71d",
        "username": "dana",
        "name": "Zapier",
        "status": "active",
        "hint": "85a6",
        "createdAt": "2026-11-30T07:18:34.292Z",
        "createdBy": "user/01a22b51-c316-705f-9f98-a887efc3b71d",
        "expiresAt": "2026-12-30T07:18:34.292Z",
        "effectiveExpiresAt": "2026-12-30T07:18:34.292Z",
        "effectiveExpiryBoundBy": "key",
        "acceptance": {
          "allowed": true,
          "reason": null
        },
        "readOnly": false,
        "scopes": [
          "invoices:read"
        ],
        "allowedIpRanges": null,
        "rateLimit": {
          "seconds": 60,
          "requests": 100
        },
        "lastUsedAt": null,
        "predecessorId": null,
        "successorId": null,
        "supersededUntil": null,
        "revokedAt": null,
        "revocationReason": null
      }
    }
  },
  "readCheckpoint": {
    "example": {
      "status": 200,
      "answer": "keyfold.local/81b827574325\n35\nrz7SSc0Jvlw6XvMXXMY18fn3x+OfpyOPyPs4G9hpJK0=\n\n— keyfold.local/81b827574325 zNy3X2XuUgDrxAu5oY6VDT/OKDsr8pTV5D8cuQDI6XgfkQXOBy8myu76DsgGwBOtjyLxtfS24o1/N6hxml4G5ywnUwY=\n— keyfold.local/81b827574325/clock En366gAAAABrDSNQPz9UmZ1wKgwqk2P5XaPqt4fl2vJpnA30EDW7XsNzNacdDbZxnWbMX/Es4Vxrm3yZJ65VWhfLhuhJ8b8Vl3nDDQ==\n"
    }
  },
  "readConfirmation": {
    "example": {
      "status": 200,
      "answer": {
        "status": "confirmed",
        "gateways": [
          {
            "by": "applied",
            "gatewayId": "gateway-1",
            "leaseUntil": "2026-11-30T07:19:43.839Z",
            "confirmedAt": "2026-11-30T07:18:43.859Z",
            "appliedPosition": 50
          }
        ],
        "position": 50
      }
    }
  },
  "readEntryTile": {
    "example": {
      "status": 200
    }
  },
  "readEvent": {
    "example": {
      "status": 200,
      "answer": {
        "actor": "system",
        "correlationId": "01a22b51-9607-7663-b028-652161dda9a8",
        "data": {
          "supervisorId": null
        },
        "position": 6,
        "recordedAt": "2026-11-30T07:18:18.198Z",
        "schemaVersion": 1,
        "sealed": {
          "username": "869RlWL3-r0-dtVSRpGi-q9HVKaFu3JSERCEHsHxwxg"
        },
        "stream": "user/first-administrator",
        "type": "UserCreated",
        "version": 1
      }
    }
  },
  "readHashTile": {
    "example": {
      "status": 200
    }
  },
  "readKeyPolicy": {
    "example": {
      "status": 200,
      "answer": {
        "apiKeyAuthenticationEnabled": true,
        "maxApiKeyLifetimeDays": 90,
        "rotationGraceMaxSeconds": 604800,
        "maxActiveKeysPerUser": 20,
        "activeKeys": 0,
        "mayGenerate": true,
        "maySignIn": true,
        "gatewayUrl": "https://keys.example.org"
      }
    }
  },
  "readLogCosigner": {
    "example": {
      "status": 200,
      "answer": "keyfold-cosigner/1\nkeyfold.local/81b827574325\nkeyfold.local/81b827574325/clock+127dfaea+BE6siFUF2Ud4dyjSyqyRqXASaexBrTqkbR1yD0oVsydQ\n\n— keyfold.local/81b827574325 zNy3X8NGHud7v8AUjtk8sBSTf1sJ7OgT5r0VokU49rJw9oxIFMKvti805youk7cWDlgFmrKQ5xITkpdKnTaorbi5ugA=\n"
    }
  },
  "readLogPublicKey": {
    "example": {
      "status": 200,
      "answer": "keyfold.local/81b827574325+ccdcb75f+AW/+6MSRf8ls4FoW8n6hkkf2NS48RLZx7P7iKISeFirt\n"
    }
  },
  "readMe": {
    "example": {
      "status": 200,
      "answer": {
        "id": "01a22b51-c316-705f-9f98-a887efc3b71d",
        "username": "dana",
        "displayName": "Dana M. Reyes",
        "email": "dana@example.org",
        "status": "active",
        "supervisorId": null,
        "roles": [
          {
            "id": "api-key-generate",
            "name": "API Key Generate"
          },
          {
            "id": "api-key-sign-in",
            "name": "API Key Sign In"
          }
        ],
        "createdAt": "2026-11-30T07:18:28.582Z",
        "permissions": [
          "api-key.generate",
          "api-key.sign-in"
        ],
        "initialPassword": false
      }
    }
  },
  "readNotices": {
    "example": {
      "request": {
        "upTo": "8215e105-1b2a-481a-99f3-347608b59a1e"
      },
      "status": 200,
      "answer": {
        "unread": 0
      }
    }
  },
  "readPastState": {
    "example": {
      "status": 200,
      "answer": {
        "position": 2,
        "at": "2026-11-30T07:18:17.575Z",
        "settings": {
          "apiKeyAuthenticationEnabled": false,
          "maxApiKeyLifetimeDays": 180,
          "gatewayLeaseSeconds": 60,
          "rotationGraceMaxSeconds": 604800,
          "maxActiveKeysPerUser": 20,
          "defaultKeyRateLimit": null,
          "journal": "denials",
          "journalRetentionDays": 400,
          "isUsable": true,
          "bulkRevocations": []
        },
        "roles": [
          {
            "id": "administrator",
            "status": "active",
            "name": "Administrator",
            "description": "May do everything.",
            "permissions": [
              "settings.read",
              "settings.manage",
              "roles.read",
              "roles.manage",
              "roles.grant",
              "users.read",
              "users.manage",
              "api-key.generate",
              "api-key.sign-in",
              "api-keys.manage",
              "api-keys.supervise",
              "audit.read",
              "audit.reveal"
            ],
            "system": true
          },
          {
            "id": "auditor",
            "status": "active",
            "name": "Auditor",
            "description": "May read the settings, the roles and the whole log.",
            "permissions": [
              "settings.read",
              "roles.read",
              "audit.read"
            ],
            "system": true
          }
        ],
        "users": [],
        "keys": []
      }
    }
  },
  "readRole": {
    "example": {
      "status": 200,
      "answer": {
        "id": "01a22b51-be4b-7411-bf6b-272fe8c74d92",
        "name": "Directory",
        "description": "Reads who there is.",
        "permissions": [
          "users.read"
        ],
        "system": false
      }
    }
  },
  "readSecuritySettings": {
    "example": {
      "status": 200,
      "answer": {
        "journal": "denials",
        "defaultKeyRateLimit": null,
        "gatewayLeaseSeconds": 60,
        "journalRetentionDays": 400,
        "maxActiveKeysPerUser": 20,
        "maxApiKeyLifetimeDays": 90,
        "rotationGraceMaxSeconds": 604800,
        "apiKeyAuthenticationEnabled": true,
        "gatewayEnrolment": "automatic"
      }
    }
  },
  "readSignInOptions": {
    "example": {
      "status": 200,
      "answer": {
        "signedIn": false,
        "password": true,
        "oidc": {
          "startUrl": "/v1/sessions/oidc/start",
          "label": "single sign-on"
        }
      }
    }
  },
  "readUser": {
    "example": {
      "status": 200,
      "answer": {
        "id": "01a22b51-c316-705f-9f98-a887efc3b71d",
        "username": "dana",
        "displayName": "Dana Reyes",
        "email": "dana@example.org",
        "status": "active",
        "supervisorId": null,
        "roles": [
          {
            "id": "api-key-generate",
            "name": "API Key Generate"
          },
          {
            "id": "api-key-sign-in",
            "name": "API Key Sign In"
          },
          {
            "id": "01a22b51-be4b-7411-bf6b-272fe8c74d92",
            "name": "Directory"
          }
        ],
        "createdAt": "2026-11-30T07:18:28.582Z"
      }
    }
  },
  "readWebhook": {
    "example": {
      "status": 200,
      "answer": {
        "id": "ed2b2b31-6b87-4fc0-a015-61b3672467b1",
        "url": "https://hooks.example.org/keyfold",
        "types": [
          "ApiKeyExpiring"
        ],
        "enabled": true,
        "createdAt": "2026-11-30T07:18:38.205Z",
        "createdBy": "user/first-administrator",
        "previousSecretUntil": null
      }
    }
  },
  "replayWebhookDelivery": {
    "example": {
      "status": 200,
      "answer": {
        "id": "25d861ed-d56f-426c-887c-f2cb1bb684b2",
        "noticeId": null,
        "type": "WebhookTest",
        "status": "pending",
        "attempts": 0,
        "createdAt": "2026-11-30T07:18:38.906Z",
        "nextAttemptAt": "2026-11-30T07:18:38.906Z",
        "lastAttemptAt": null,
        "lastStatus": null,
        "lastError": null
      }
    }
  },
  "reportLeak": {
    "example": {
      "request": {
        "key": "kf_4QJ8sVmrmBnP0oKkMT7fhL_EXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAM"
      },
      "status": 202
    }
  },
  "retireGateway": {
    "example": {
      "status": 204
    }
  },
  "revokeApiKey": {
    "example": {
      "request": {
        "reason": "AFFILIATION_CHANGED",
        "note": "The report has moved."
      },
      "status": 200,
      "answer": {
        "id": "2y4nYDXLNR4yD0UpFysciR",
        "userId": "01a22b51-c316-705f-9f98-a887efc3b71d",
        "username": "dana",
        "name": "Reports",
        "status": "revoked",
        "hint": "gxWR",
        "createdAt": "2026-11-30T07:18:34.745Z",
        "createdBy": "user/first-administrator",
        "expiresAt": "2026-12-07T07:18:36.061Z",
        "effectiveExpiresAt": "2026-12-07T07:18:36.061Z",
        "effectiveExpiryBoundBy": "key",
        "acceptance": {
          "allowed": false,
          "reason": "REVOKED"
        },
        "readOnly": true,
        "scopes": [],
        "allowedIpRanges": null,
        "rateLimit": null,
        "lastUsedAt": null,
        "predecessorId": null,
        "successorId": null,
        "supersededUntil": null,
        "revokedAt": "2026-11-30T07:18:37.534Z",
        "revocationReason": "AFFILIATION_CHANGED"
      }
    },
    "waited": {
      "request": {
        "reason": "UNSPECIFIED"
      },
      "status": 200,
      "answer": {
        "id": "5NZ7gW6saBRh0f9yt2CHhq",
        "userId": "01a22b51-c316-705f-9f98-a887efc3b71d",
        "username": "dana",
        "name": "Zapier",
        "status": "revoked",
        "hint": "Ms3Y",
        "createdAt": "2026-11-30T07:18:37.116Z",
        "createdBy": "user/01a22b51-c316-705f-9f98-a887efc3b71d",
        "expiresAt": "2026-12-30T07:18:37.116Z",
        "effectiveExpiresAt": "2026-12-30T07:18:37.116Z",
        "effectiveExpiryBoundBy": "key",
        "acceptance": {
          "allowed": false,
          "reason": "REVOKED"
        },
        "readOnly": false,
        "scopes": [
          "invoices:read"
        ],
        "allowedIpRanges": null,
        "rateLimit": {
          "requests": 100,
          "seconds": 60
        },
        "lastUsedAt": null,
        "predecessorId": "4QJ8sVmrmBnP0oKkMT7fhL",
        "successorId": null,
        "supersededUntil": null,
        "revokedAt": "2026-11-30T07:18:43.795Z",
        "revocationReason": "UNSPECIFIED",
        "confirmation": {
          "status": "confirmed",
          "position": 50,
          "gateways": [
            {
              "gatewayId": "gateway-1",
              "appliedPosition": 50,
              "by": "applied",
              "confirmedAt": "2026-11-30T07:18:43.859Z",
              "leaseUntil": "2026-11-30T07:19:43.839Z"
            }
          ]
        }
      }
    }
  },
  "revokeApiKeys": {
    "dryRun": {
      "request": {
        "filter": {
          "keyIds": [
            "4QJ8sVmrmBnP0oKkMT7fhL"
          ]
        },
        "reason": "SUPERSEDED"
      },
      "status": 200,
      "answer": {
        "affected": {
          "keys": 1,
          "users": 1
        },
        "sample": [
          {
            "keyId": "4QJ8sVmrmBnP0oKkMT7fhL",
            "username": "dana",
            "name": "Zapier",
            "effectiveExpiresAt": "2026-12-30T07:18:34.292Z",
            "lastUsedAt": null
          }
        ]
      }
    },
    "example": {
      "request": {
        "filter": {
          "keyIds": [
            "4QJ8sVmrmBnP0oKkMT7fhL"
          ]
        },
        "reason": "SUPERSEDED"
      },
      "status": 200,
      "answer": {
        "revoked": 1
      }
    }
  },
  "rotateApiKey": {
    "example": {
      "request": {
        "graceSeconds": 3600
      },
      "status": 201,
      "answer": {
        "id": "5NZ7gW6saBRh0f9yt2CHhq",
        "userId": "01a22b51-c316-705f-9f98-a887efc3b71d",
        "username": "dana",
        "name": "Zapier",
        "status": "active",
        "hint": "Ms3Y",
        "createdAt": "2026-11-30T07:18:37.116Z",
        "createdBy": "user/01a22b51-c316-705f-9f98-a887efc3b71d",
        "expiresAt": "2026-12-30T07:18:37.116Z",
        "effectiveExpiresAt": "2026-12-30T07:18:37.116Z",
        "effectiveExpiryBoundBy": "key",
        "acceptance": {
          "allowed": true,
          "reason": null
        },
        "readOnly": false,
        "scopes": [
          "invoices:read"
        ],
        "allowedIpRanges": null,
        "rateLimit": {
          "requests": 100,
          "seconds": 60
        },
        "lastUsedAt": null,
        "predecessorId": "4QJ8sVmrmBnP0oKkMT7fhL",
        "successorId": null,
        "supersededUntil": null,
        "revokedAt": null,
        "revocationReason": null,
        "key": "kf_5NZ7gW6saBRh0f9yt2CHhq_EXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAM"
      }
    }
  },
  "rotateWebhookSecret": {
    "example": {
      "status": 200,
      "answer": {
        "id": "ed2b2b31-6b87-4fc0-a015-61b3672467b1",
        "url": "https://hooks.example.org/keyfold",
        "types": null,
        "enabled": true,
        "createdAt": "2026-11-30T07:18:38.205Z",
        "createdBy": "user/first-administrator",
        "previousSecretUntil": "2026-12-01T07:18:39.675Z",
        "secret": "whsec_EXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAMPLE"
      }
    }
  },
  "setUserPassword": {
    "example": {
      "request": {
        "newPassword": "correct horse battery staple"
      },
      "status": 204
    }
  },
  "signIn": {
    "example": {
      "request": {
        "username": "dana",
        "password": "correct horse battery staple"
      },
      "status": 201,
      "answer": {
        "token": "kfs_EXAMPLE-EXAMPLE-EXAMPLE-EXAMPLE-EXAMPLE",
        "expiresAt": "2026-11-30T19:18:31.100Z",
        "user": {
          "id": "01a22b51-c316-705f-9f98-a887efc3b71d",
          "username": "dana",
          "displayName": "Dana M. Reyes",
          "email": "dana@example.org",
          "status": "active",
          "supervisorId": null,
          "roles": [
            {
              "id": "api-key-generate",
              "name": "API Key Generate"
            },
            {
              "id": "api-key-sign-in",
              "name": "API Key Sign In"
            }
          ],
          "createdAt": "2026-11-30T07:18:28.582Z"
        }
      }
    }
  },
  "signOut": {
    "example": {
      "status": 204
    }
  },
  "startOidcSignIn": {
    "example": {
      "status": 303
    }
  },
  "summariseApiKeys": {
    "example": {
      "status": 200,
      "answer": {
        "countedAt": "2026-11-30T07:18:36.783Z",
        "byStatus": {
          "pending": 0,
          "active": 2,
          "superseded": 0,
          "revoked": 0,
          "expired": 0
        },
        "endingWithinDays": {
          "1": 0,
          "7": 1,
          "30": 2
        },
        "unusedForDays": {
          "30": 0,
          "90": 0
        },
        "weeks": [
          {
            "start": "2026-11-23",
            "issued": 0,
            "revoked": 0
          },
          {
            "start": "2026-11-30",
            "issued": 2,
            "revoked": 0
          }
        ]
      }
    }
  },
  "testWebhook": {
    "example": {
      "status": 202,
      "answer": {
        "id": "25d861ed-d56f-426c-887c-f2cb1bb684b2",
        "noticeId": null,
        "type": "WebhookTest",
        "status": "pending",
        "attempts": 0,
        "createdAt": "2026-11-30T07:18:38.906Z",
        "nextAttemptAt": "2026-11-30T07:18:38.906Z",
        "lastAttemptAt": null,
        "lastStatus": null,
        "lastError": null
      }
    }
  },
  "withdrawRole": {
    "example": {
      "status": 200,
      "answer": {
        "id": "01a22b51-c316-705f-9f98-a887efc3b71d",
        "username": "dana",
        "displayName": "Dana M. Reyes",
        "email": "dana@example.org",
        "status": "active",
        "supervisorId": null,
        "roles": [
          {
            "id": "api-key-generate",
            "name": "API Key Generate"
          },
          {
            "id": "api-key-sign-in",
            "name": "API Key Sign In"
          }
        ],
        "createdAt": "2026-11-30T07:18:28.582Z"
      }
    }
  }
};
