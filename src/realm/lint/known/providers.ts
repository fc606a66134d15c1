/**
 * What a Keycloak 26.5 without extensions has: providers by kind, under Keycloak's names for the kinds. A test compares with
 * a real server.
 */
export const PROVIDERS: Readonly<Record<string, string>> = {
  authenticator: `
    allow-access-authenticator auth-conditional-otp-form auth-cookie auth-otp-form auth-password-form
    auth-recovery-authn-code-form auth-spnego auth-username-form auth-username-password-form
    auth-x509-client-username-form conditional-client-scope conditional-credential
    conditional-level-of-authentication conditional-sub-flow-executed conditional-user-attribute
    conditional-user-configured conditional-user-role deny-access-authenticator
    direct-grant-auth-x509-username direct-grant-validate-otp direct-grant-validate-password
    direct-grant-validate-username docker-http-basic-authenticator http-basic-authenticator
    identity-provider-redirector idp-add-organization-member idp-auto-link idp-confirm-link
    idp-confirm-override-link idp-create-user-if-unique idp-detect-existing-broker-user
    idp-email-verification idp-review-profile idp-username-password-form organization
    reset-credential-email reset-credentials-choose-user reset-otp reset-password user-session-limits
    webauthn-authenticator webauthn-authenticator-passwordless`,
  'form-action': `
    registration-password-action registration-recaptcha-action registration-recaptcha-enterprise
    registration-terms-and-conditions registration-user-creation`,
  'form-authenticator': `
    registration-page-form`,
  'client-authenticator': `
    client-jwt client-secret client-secret-jwt client-x509 federated-jwt`,
  'protocol-mapper': `
    docker-v2-allow-all-mapper oidc-acr-mapper oidc-address-mapper oidc-allowed-origins-mapper
    oidc-amr-mapper oidc-audience-mapper oidc-audience-resolve-mapper oidc-claims-param-token-mapper
    oidc-claims-param-value-idtoken-mapper oidc-full-name-mapper oidc-group-membership-mapper
    oidc-hardcoded-claim-mapper oidc-hardcoded-role-mapper oidc-nonce-backwards-compatible-mapper
    oidc-organization-membership-mapper oidc-role-name-mapper oidc-session-state-mapper
    oidc-sha256-pairwise-sub-mapper oidc-sub-mapper oidc-usermodel-attribute-mapper
    oidc-usermodel-client-role-mapper oidc-usermodel-property-mapper oidc-usermodel-realm-role-mapper
    oidc-usersessionmodel-note-mapper saml-audience-mapper saml-audience-resolve-mapper
    saml-group-membership-mapper saml-hardcode-attribute-mapper saml-hardcode-role-mapper
    saml-organization-membership-mapper saml-role-list-mapper saml-role-name-mapper
    saml-user-attribute-mapper saml-user-attribute-nameid-mapper saml-user-property-mapper
    saml-user-session-note-mapper`,
  identity_provider: `
    jwt-authorization-grant keycloak-oidc oauth2 oidc saml`,
  social: `
    bitbucket facebook github gitlab google linkedin-openid-connect microsoft openshift-v4 paypal
    stackoverflow twitter`,
  'identity-provider-mapper': `
    facebook-user-attribute-mapper github-user-attribute-mapper google-user-attribute-mapper
    hardcoded-attribute-idp-mapper hardcoded-user-session-attribute-idp-mapper
    instagram-user-attribute-mapper keycloak-oidc-role-to-role-idp-mapper linkedin-user-attribute-mapper
    microsoft-user-attribute-mapper oidc-advanced-group-idp-mapper oidc-advanced-role-idp-mapper
    oidc-hardcoded-group-idp-mapper oidc-hardcoded-role-idp-mapper oidc-role-idp-mapper
    oidc-user-attribute-idp-mapper oidc-user-session-note-idp-mapper oidc-username-idp-mapper
    openshift-v4-user-attribute-mapper paypal-user-attribute-mapper saml-advanced-group-idp-mapper
    saml-advanced-role-idp-mapper saml-role-idp-mapper saml-user-attribute-idp-mapper
    saml-username-idp-mapper saml-xpath-attribute-idp-mapper stackoverflow-user-attribute-mapper`,
  'required-action': `
    CONFIGURE_RECOVERY_AUTHN_CODES CONFIGURE_TOTP TERMS_AND_CONDITIONS UPDATE_EMAIL UPDATE_PASSWORD
    UPDATE_PROFILE VERIFY_EMAIL VERIFY_PROFILE delete_account delete_credential idp_link
    update_user_locale webauthn-register webauthn-register-passwordless`,
  eventsListener: `
    email jboss-logging`,
  'login-protocol': `
    openid-connect saml`,
  'password-policy': `
    digits forceExpiredPasswordChange hashAlgorithm hashIterations length lowerCase maxAuthAge maxLength
    notContainsUsername notEmail notUsername passwordAge passwordBlacklist passwordHistory
    recoveryCodesWarningThreshold regexPattern specialChars upperCase`,
  'client-policy-executor': `
    auth-flow-enforcer confidential-client consent-required downscope-assertion-grant-enforcer
    dpop-bind-enforcer full-scope-disabled holder-of-key-enforcer intent-client-bind-checker
    jwt-claim-enforcer pkce-enforcer registration-access-token-rotation-disabled reject-implicit-grant
    reject-request reject-ropc-grant saml-avoid-redirect saml-secure-client-uris saml-signature-enforcer
    secure-ciba-req-sig-algorithm secure-ciba-session secure-ciba-signed-authn-req
    secure-client-authentication-assertion secure-client-authenticator secure-client-uris secure-logout
    secure-par-content secure-redirect-uris-enforcer secure-request-object secure-response-type
    secure-session secure-signature-algorithm secure-signature-algorithm-signed-jwt
    suppress-refresh-token-rotation use-lightweight-access-token`,
  'client-policy-condition': `
    acr-condition any-client client-access-type client-attributes client-roles client-scopes client-type
    client-updater-context client-updater-source-groups client-updater-source-host
    client-updater-source-roles grant-type identity-provider-alias`,
};

/** Components, by the member of `components` that holds them. */
export const COMPONENTS: Readonly<Record<string, string>> = {
  'org.keycloak.services.clientregistration.policy.ClientRegistrationPolicy': `
    allowed-client-templates allowed-protocol-mappers client-disabled consent-required max-clients
    registration-web-origins scope trusted-hosts`,
  'org.keycloak.keys.KeyProvider': `
    aes-generated ecdh-generated ecdsa-generated eddsa-generated hmac-generated java-keystore rsa rsa-enc
    rsa-enc-generated rsa-generated`,
  'org.keycloak.storage.UserStorageProvider': `
    kerberos ldap`,
  'org.keycloak.storage.ldap.mappers.LDAPStorageMapper': `
    certificate-ldap-mapper full-name-ldap-mapper group-ldap-mapper hardcoded-attribute-mapper
    hardcoded-ldap-attribute-mapper hardcoded-ldap-group-mapper hardcoded-ldap-role-mapper
    kerberos-principal-attribute-mapper msad-lds-user-account-control-mapper
    msad-user-account-control-mapper role-ldap-mapper user-attribute-ldap-mapper`,
  'org.keycloak.userprofile.UserProfileProvider': `
    declarative-user-profile`,
};

/** Themes by what they are for. */
export const THEMES: Readonly<Record<string, string>> = {
  login: 'base keycloak keycloak.v2',
  account: 'base keycloak.v3',
  admin: 'base keycloak.v2',
  email: 'base keycloak',
};

const X509 = `
  x509-cert-auth.mapping-source-selection x509-cert-auth.canonical-dn-enabled
  x509-cert-auth.serialnumber-hex-enabled x509-cert-auth.regular-expression
  x509-cert-auth.mapper-selection x509-cert-auth.mapper-selection.user-attribute-name
  x509-cert-auth.timestamp-validation-enabled x509-cert-auth.crl-checking-enabled
  x509-cert-auth.crldp-checking-enabled x509-cert-auth.crl-relative-path
  x509-cert-auth-crl-abort-if-non-updated x509-cert-auth.ocsp-checking-enabled
  x509-cert-auth.ocsp-fail-open x509-cert-auth.ocsp-responder-uri
  x509-cert-auth.ocsp-responder-certificate x509-cert-auth.keyusage x509-cert-auth.extendedkeyusage
  x509-cert-auth.confirmation-page-disallowed x509-cert-auth.revalidate-certificate-enabled
  x509-cert-auth.certificate-policy x509-cert-auth.certificate-policy-mode`;

/** The keys that the configuration of each authenticator knows; empty for one without a configuration. */
export const CONFIG_KEYS: Readonly<Record<string, string>> = {
  'allow-access-authenticator': '',
  'auth-conditional-otp-form':
    'otpControlAttribute skipOtpRole forceOtpRole noOtpRequiredForHeaderPattern forceOtpForHeaderPattern defaultOtpOutcome',
  'auth-cookie': '',
  'auth-otp-form': '',
  'auth-password-form': '',
  'auth-recovery-authn-code-form': '',
  'auth-spnego': '',
  'auth-username-form': '',
  'auth-username-password-form': '',
  'auth-x509-client-username-form': X509,
  'client-jwt': '',
  'client-secret': '',
  'client-secret-jwt': '',
  'client-x509': '',
  'conditional-client-scope': 'client_scope negate',
  'conditional-credential': 'credentials included',
  'conditional-level-of-authentication': 'loa-condition-level loa-max-age',
  'conditional-sub-flow-executed': 'flow_to_check check_result',
  'conditional-user-attribute': 'attribute_name attribute_expected_value include_group_attributes not regex',
  'conditional-user-configured': '',
  'conditional-user-role': 'condUserRole negate',
  'deny-access-authenticator': 'denyErrorMessage',
  'direct-grant-auth-x509-username': X509,
  'direct-grant-validate-otp': '',
  'direct-grant-validate-password': '',
  'direct-grant-validate-username': '',
  'docker-http-basic-authenticator': '',
  'federated-jwt': '',
  'http-basic-authenticator': '',
  'identity-provider-redirector': 'defaultProvider',
  'idp-add-organization-member': '',
  'idp-auto-link': '',
  'idp-confirm-link': '',
  'idp-confirm-override-link': '',
  'idp-create-user-if-unique': 'require.password.update.after.registration',
  'idp-detect-existing-broker-user': '',
  'idp-email-verification': '',
  'idp-review-profile': 'update.profile.on.first.login',
  'idp-username-password-form': '',
  organization: 'requiresUserMembership',
  'registration-password-action': '',
  'registration-recaptcha-action': 'site.key secret.key action useRecaptchaNet recaptcha.v3',
  'registration-recaptcha-enterprise':
    'project.id site.key api.key score.threshold action useRecaptchaNet recaptcha.v3',
  'registration-terms-and-conditions': '',
  'registration-user-creation': '',
  'reset-credential-email': 'force-login',
  'reset-credentials-choose-user': '',
  'reset-otp': 'action_on_otp_reset_flag',
  'reset-password': '',
  'user-session-limits': 'userRealmLimit userClientLimit behavior errorMessage',
  'webauthn-authenticator': '',
  'webauthn-authenticator-passwordless': '',
};
