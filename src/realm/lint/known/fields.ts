/** Old files have their clients in two lists. */
const CLIENT_OF_OLD_FILES = `
    access:boolean{} adminUrl alwaysDisplayInConsole:boolean attributes:text{}
    authenticationFlowBindingOverrides:text{} authorizationServicesEnabled:boolean
    authorizationSettings:ResourceServer baseUrl bearerOnly:boolean claims:Claim clientAuthenticatorType
    clientId clientTemplate consentRequired:boolean defaultClientScopes:text[] defaultRoles:text[]
    description directAccessGrantsEnabled:boolean directGrantsOnly:boolean enabled:boolean
    frontchannelLogout:boolean fullScopeAllowed:boolean id implicitFlowEnabled:boolean name
    nodeReRegistrationTimeout:number notBefore:number optionalClientScopes:text[] origin protocol
    protocolMappers:ProtocolMapper[] publicClient:boolean redirectUris:text[] registeredNodes:number{}
    registrationAccessToken rootUrl secret serviceAccountsEnabled:boolean standardFlowEnabled:boolean
    surrogateAuthRequired:boolean type useTemplateConfig:boolean useTemplateMappers:boolean
    useTemplateScope:boolean webOrigins:text[]`;

/**
 * The members of each object in a realm file, as Keycloak 26.5 and 26.7 read them. Keycloak refuses any other with 400
 * "Unrecognized field". A name without a type is a text; `[]` is a list, `{}` a map by
 * name, `{}[]` a map of lists.
 *
 * A test sends all of them to a real server.
 */
export const KNOWN_FIELDS: Readonly<Record<string, string>> = {
  Application: CLIENT_OF_OLD_FILES,
  AuthenticationExecutionExport: `
    authenticator authenticatorConfig authenticatorFlow:boolean autheticatorFlow:boolean flowAlias
    priority:number requirement userSetupAllowed:boolean`,
  AuthenticationFlow: `
    alias authenticationExecutions:AuthenticationExecutionExport[] builtIn:boolean description id providerId
    topLevel:boolean`,
  AuthenticatorConfig: `
    alias config:text{} id`,
  Claim: `
    address:boolean email:boolean gender:boolean locale:boolean name:boolean phone:boolean picture:boolean
    profile:boolean username:boolean website:boolean`,
  Client: `
    access:boolean{} adminUrl alwaysDisplayInConsole:boolean attributes:text{}
    authenticationFlowBindingOverrides:text{} authorizationServicesEnabled:boolean
    authorizationSettings:ResourceServer baseUrl bearerOnly:boolean clientAuthenticatorType clientId
    clientTemplate consentRequired:boolean defaultClientScopes:text[] defaultRoles:text[] description
    directAccessGrantsEnabled:boolean directGrantsOnly:boolean enabled:boolean frontchannelLogout:boolean
    fullScopeAllowed:boolean id implicitFlowEnabled:boolean name nodeReRegistrationTimeout:number
    notBefore:number optionalClientScopes:text[] origin protocol protocolMappers:ProtocolMapper[]
    publicClient:boolean redirectUris:text[] registeredNodes:number{} registrationAccessToken rootUrl secret
    serviceAccountsEnabled:boolean standardFlowEnabled:boolean surrogateAuthRequired:boolean type
    useTemplateConfig:boolean useTemplateMappers:boolean useTemplateScope:boolean webOrigins:text[]`,
  ClientScope: `
    attributes:text{} description id name protocol protocolMappers:ProtocolMapper[]`,
  ClientTemplate: `
    attributes:text{} bearerOnly:boolean consentRequired:boolean description
    directAccessGrantsEnabled:boolean frontchannelLogout:boolean fullScopeAllowed:boolean id
    implicitFlowEnabled:boolean name protocol protocolMappers:ProtocolMapper[] publicClient:boolean
    serviceAccountsEnabled:boolean standardFlowEnabled:boolean`,
  ComponentExport: `
    config:text{}[] id name providerId subComponents:ComponentExport{}[] subType`,
  Composites: `
    application:text{}[] client:text{}[] realm:text[]`,
  Credential: `
    algorithm config:text{}[] counter:number createdDate:number credentialData device digits:number
    federationLink hashIterations:number hashedSaltedValue id period:number priority:number salt secretData
    temporary:boolean type userLabel value`,
  FederatedIdentity: `
    identityProvider userId userName`,
  Group: `
    access:boolean{} attributes:text{}[] clientRoles:text{}[] description id name parentId path
    realmRoles:text[] subGroupCount:number subGroups:Group[]`,
  IdentityProviderMapper: `
    config:text{} id identityProviderAlias identityProviderMapper name`,
  IdentityProvider: `
    addReadTokenRoleOnCreate:boolean alias authenticateByDefault:boolean config:text{} displayName
    enabled:boolean firstBrokerLoginFlowAlias hideOnLogin:boolean internalId linkOnly:boolean organizationId
    postBrokerLoginFlowAlias providerId storeToken:boolean trustEmail:boolean types:text[]
    updateProfileFirstLogin:boolean updateProfileFirstLoginMode`,
  IssuedVerifiableCredential: `
    clientBaseUrl clientId clientName credentialType expiresAt:number id issuedAt:number revision userId`,
  Member: `
    access:boolean{} applicationRoles:text{}[] attributes:text{}[] clientConsents:UserConsent[]
    clientRoles:text{}[] createdTimestamp:number credentials:Credential[] disableableCredentialTypes:text[]
    email emailVerified:boolean enabled:boolean federatedIdentities:FederatedIdentity[] federationLink
    firstName groups:text[] id issuedVerifiableCredentials:IssuedVerifiableCredential[] lastName
    membershipType notBefore:number origin realmRoles:text[] requiredActions:text[] self
    serviceAccountClientId socialLinks:SocialLink[] totp:boolean userProfileMetadata:UserProfileMetadata
    username verifiableCredentials:UserVerifiableCredential[]`,
  OAuthClient: CLIENT_OF_OLD_FILES,
  OrganizationDomain: `
    name verified:boolean`,
  Organization: `
    alias attributes:text{}[] description domains:OrganizationDomain[] enabled:boolean groups:Group[] id
    identityProviders:IdentityProvider[] members:Member[] name redirectUrl`,
  Policy: `
    config:text{} decisionStrategy description id logic name owner policies:text[] resourceType
    resources:text[] resourcesData:Resource[] scopes:text[] scopesData:Scope[] type`,
  ProtocolMapper: `
    config:text{} consentRequired:boolean consentText id name protocol protocolMapper`,
  Realm: `
    accessCodeLifespan:number accessCodeLifespanLogin:number accessCodeLifespanUserAction:number
    accessTokenLifespan:number accessTokenLifespanForImplicitFlow:number accountTheme
    actionTokenGeneratedByAdminLifespan:number actionTokenGeneratedByUserLifespan:number
    adminEventsDetailsEnabled:boolean adminEventsEnabled:boolean adminPermissionsClient:Client
    adminPermissionsEnabled:boolean adminTheme applicationScopeMappings:ScopeMapping{}[]
    applications:Application[] attributes:text{} authenticationFlows:AuthenticationFlow[]
    authenticatorConfig:AuthenticatorConfig[] browserFlow browserSecurityHeaders:text{}
    bruteForceProtected:boolean bruteForceStrategy certificate clientAuthenticationFlow
    clientOfflineSessionIdleTimeout:number clientOfflineSessionMaxLifespan:number clientPolicies:any
    clientProfiles:any clientScopeMappings:ScopeMapping{}[] clientScopes:ClientScope[]
    clientSessionIdleTimeout:number clientSessionMaxLifespan:number clientTemplates:ClientTemplate[]
    clients:Client[] codeSecret components:ComponentExport{}[] defaultDefaultClientScopes:text[]
    defaultGroups:text[] defaultLocale defaultOptionalClientScopes:text[] defaultRole:Role
    defaultRoles:text[] defaultSignatureAlgorithm directGrantFlow displayName displayNameHtml
    dockerAuthenticationFlow duplicateEmailsAllowed:boolean editUsernameAllowed:boolean emailTheme
    enabled:boolean enabledEventTypes:text[] eventsEnabled:boolean eventsExpiration:number
    eventsListeners:text[] failureFactor:number federatedUsers:User[] firstBrokerLoginFlow groups:Group[] id
    identityProviderMappers:IdentityProviderMapper[] identityProviders:IdentityProvider[]
    internationalizationEnabled:boolean keycloakVersion localizationTexts:text{}{} loginTheme
    loginWithEmailAllowed:boolean maxDeltaTimeSeconds:number maxFailureWaitSeconds:number
    maxSecondaryAuthFailures:number maxTemporaryLockouts:number minimumQuickLoginWaitSeconds:number
    notBefore:number oauth2DeviceCodeLifespan:number oauth2DevicePollingInterval:number
    oauthClients:OAuthClient[] offlineSessionIdleTimeout:number offlineSessionMaxLifespan:number
    offlineSessionMaxLifespanEnabled:boolean organizations:Organization[] organizationsEnabled:boolean
    otpPolicyAlgorithm otpPolicyCodeReusable:boolean otpPolicyDigits:number otpPolicyInitialCounter:number
    otpPolicyLookAheadWindow:number otpPolicyPeriod:number otpPolicyType otpSupportedApplications:text[]
    passwordCredentialGrantAllowed:boolean passwordPolicy permanentLockout:boolean privateKey
    protocolMappers:ProtocolMapper[] publicKey quickLoginCheckMilliSeconds:number realm
    refreshTokenMaxReuse:number registrationAllowed:boolean registrationEmailAsUsername:boolean
    registrationFlow rememberMe:boolean requiredActions:RequiredActionProvider[] requiredCredentials:text[]
    resetCredentialsFlow resetPasswordAllowed:boolean revokeRefreshToken:boolean roles:Roles
    scimApiEnabled:boolean scopeMappings:ScopeMapping[] smtpServer:text{} social:boolean
    socialProviders:text{} sslRequired ssoSessionIdleTimeout:number ssoSessionIdleTimeoutRememberMe:number
    ssoSessionMaxLifespan:number ssoSessionMaxLifespanRememberMe:number supportedLocales:text[]
    updateProfileOnInitialSocialLogin:boolean userFederationMappers:UserFederationMapper[]
    userFederationProviders:UserFederationProvider[] userManagedAccessAllowed:boolean users:User[]
    verifiableCredentialsEnabled:boolean verifyEmail:boolean waitIncrementSeconds:number
    webAuthnPolicyAcceptableAaguids:text[] webAuthnPolicyAttestationConveyancePreference
    webAuthnPolicyAuthenticatorAttachment webAuthnPolicyAvoidSameAuthenticatorRegister:boolean
    webAuthnPolicyCreateTimeout:number webAuthnPolicyExtraOrigins:text[]
    webAuthnPolicyPasswordlessAcceptableAaguids:text[]
    webAuthnPolicyPasswordlessAttestationConveyancePreference
    webAuthnPolicyPasswordlessAuthenticatorAttachment
    webAuthnPolicyPasswordlessAvoidSameAuthenticatorRegister:boolean
    webAuthnPolicyPasswordlessCreateTimeout:number webAuthnPolicyPasswordlessExtraOrigins:text[]
    webAuthnPolicyPasswordlessMediation webAuthnPolicyPasswordlessPasskeysEnabled:boolean
    webAuthnPolicyPasswordlessRequireResidentKey webAuthnPolicyPasswordlessResidentKey
    webAuthnPolicyPasswordlessRpEntityName webAuthnPolicyPasswordlessRpId
    webAuthnPolicyPasswordlessSignatureAlgorithms:text[]
    webAuthnPolicyPasswordlessUserVerificationRequirement webAuthnPolicyRequireResidentKey
    webAuthnPolicyResidentKey webAuthnPolicyRpEntityName webAuthnPolicyRpId
    webAuthnPolicySignatureAlgorithms:text[] webAuthnPolicyUserVerificationRequirement`,
  RequiredActionProvider: `
    alias config:text{} defaultAction:boolean enabled:boolean name priority:any providerId`,
  ResourceOwner: `
    id name`,
  Resource: `
    _id attributes:text{}[] displayName icon_uri name owner:ResourceOwner ownerManagedAccess:boolean
    resource_scopes:Scope[] scopes:Scope[] type uri uris:text[]`,
  ResourceServer: `
    allowRemoteResourceManagement:boolean authorizationSchema:any clientId decisionStrategy
    id name policies:Policy[] policyEnforcementMode resources:Resource[] scopes:Scope[]`,
  Role: `
    attributes:text{}[] clientRole:boolean composite:boolean composites:Composites containerId description
    id name scopeParamRequired:boolean`,
  Roles: `
    application:Role{}[] client:Role{}[] realm:Role[]`,
  ScopeMapping: `
    client clientScope clientTemplate roles:text[] self`,
  Scope: `
    displayName iconUri id name policies:Policy[] resources:Resource[]`,
  SocialLink: `
    socialProvider socialUserId socialUsername`,
  UPAttribute: `
    annotations:any{} defaultValue displayName group multivalued:boolean name
    permissions:UPAttributePermissions required:UPAttributeRequired selector:UPAttributeSelector
    validations:any{}{}`,
  UPAttributePermissions: `
    edit:text[] view:text[]`,
  UPAttributeRequired: `
    roles:text[] scopes:text[]`,
  UPAttributeSelector: `
    scopes:text[]`,
  UPConfig: `
    attributes:UPAttribute[] groups:UPGroup[] unmanagedAttributePolicy`,
  UPGroup: `
    annotations:any{} displayDescription displayHeader name`,
  UserConsent: `
    clientId createdDate:number grantedClientScopes:text[] grantedRealmRoles:text[] lastUpdatedDate:number`,
  UserFederationMapper: `
    config:text{} federationMapperType federationProviderDisplayName id name`,
  UserFederationProvider: `
    changedSyncPeriod:any config:text{} displayName fullSyncPeriod:any id lastSync:any priority:any
    providerName`,
  UserProfileAttributeGroupMetadata: `
    annotations:any{} displayDescription displayHeader name`,
  UserProfileAttributeMetadata: `
    annotations:any{} defaultValue displayName group multivalued:boolean name readOnly:boolean
    required:boolean validators:any{}{}`,
  UserProfileMetadata: `
    attributes:UserProfileAttributeMetadata[] groups:UserProfileAttributeGroupMetadata[]`,
  User: `
    access:boolean{} applicationRoles:text{}[] attributes:text{}[] clientConsents:UserConsent[]
    clientRoles:text{}[] createdTimestamp:number credentials:Credential[] disableableCredentialTypes:text[]
    email emailVerified:boolean enabled:boolean federatedIdentities:FederatedIdentity[] federationLink
    firstName groups:text[] id issuedVerifiableCredentials:IssuedVerifiableCredential[] lastName
    notBefore:number origin realmRoles:text[] requiredActions:text[] self serviceAccountClientId
    socialLinks:SocialLink[] totp:boolean userProfileMetadata:UserProfileMetadata username
    verifiableCredentials:UserVerifiableCredential[]`,
  UserVerifiableCredential: `
    createdDate:number credentialConfigurationId credentialScopeName revision updatedDate:number
    userAttributes:text{}[]`,
};
